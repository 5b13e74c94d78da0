//! A reader of the OpenMetrics text format 1.0.0 that refuses what breaks a rule of it.

use std::collections::{BTreeMap, BTreeSet};

/// One line with a value.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

/// A text that keeps the rules.
#[derive(Debug)]
pub(crate) struct Exposition {
    pub(crate) samples: Vec<Sample>,
}

/// A family of metrics: what its metadata say, and its samples.
#[derive(Debug, Default)]
struct Family {
    name: String,
    kind: Option<String>,
    unit: Option<String>,
    help: Option<String>,
    samples: Vec<Sample>,
}

impl Exposition {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let body = text.strip_suffix("# EOF\n").ok_or("the text does not end with # EOF and a line feed")?;
        let mut families: Vec<Family> = Vec::new();
        for line in body.lines() {
            let at = |error: String| format!("{error}: {line:?}");
            match line.strip_prefix("# ") {
                Some(metadata) => families_metadata(&mut families, metadata).map_err(at)?,
                None => {
                    let sample = sample(line).map_err(at)?;
                    let family = families.last_mut().ok_or_else(|| at("a sample of no family".into()))?;
                    family.samples.push(sample);
                }
            }
        }
        for family in &families {
            family.check().map_err(|error| format!("{}: {error}", family.name))?;
        }
        let names: BTreeSet<&str> = families.iter().map(|family| family.name.as_str()).collect();
        if names.len() < families.len() {
            return Err("a family stands in two places".into());
        }
        let samples: Vec<Sample> = families.into_iter().flat_map(|family| family.samples).collect();
        let mut seen = BTreeSet::new();
        match samples.iter().find(|sample| !seen.insert((sample.name.clone(), sample.labels.clone()))) {
            Some(twice) => Err(format!("{} with {:?} stands twice", twice.name, twice.labels)),
            None => Ok(Self { samples }),
        }
    }

    /// The value of the one sample of that name and exactly those labels.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let wanted: BTreeSet<_> = labels.iter().copied().collect();
        let is = |sample: &&Sample| {
            let labels: BTreeSet<_> =
                sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            sample.name == name && labels == wanted
        };
        self.samples.iter().find(is).unwrap_or_else(|| panic!("no {name} {labels:?}")).value
    }
}

fn families_metadata(families: &mut Vec<Family>, metadata: &str) -> Result<(), String> {
    let mut words = metadata.splitn(3, ' ');
    let (Some(word), Some(name), Some(text)) = (words.next(), words.next(), words.next()) else {
        return Err("metadata of less than three words".into());
    };
    name_is_sound(name, true)?;
    if families.last().is_none_or(|family| family.name != name) {
        families.push(Family { name: name.into(), ..Family::default() });
    }
    let family = families.last_mut().ok_or("no family")?;
    if !family.samples.is_empty() {
        return Err("metadata behind samples".into());
    }
    let place = match word {
        "TYPE" => &mut family.kind,
        "UNIT" => &mut family.unit,
        "HELP" => &mut family.help,
        _ => return Err("unknown metadata".into()),
    };
    match place.replace(text.into()) {
        Some(_) => Err("metadata twice".into()),
        None => Ok(()),
    }
}

impl Family {
    fn check(&self) -> Result<(), String> {
        let kind = self.kind.as_deref().ok_or("no TYPE")?;
        if self.help.is_none() {
            return Err("no HELP".into());
        }
        if self.unit.as_ref().is_some_and(|unit| !self.name.ends_with(&format!("_{unit}"))) {
            return Err("the name does not end with the unit".into());
        }
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "gauge" => &[""],
            "info" => &["_info"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => return Err(format!("the type {kind}")),
        };
        for sample in &self.samples {
            if !suffixes.iter().any(|suffix| sample.name == format!("{}{suffix}", self.name)) {
                return Err(format!("a sample {}", sample.name));
            }
            let negative = sample.value < 0.0 || sample.value.is_nan();
            if negative && kind != "gauge" || kind == "info" && sample.value != 1.0 {
                return Err(format!("the value {}", sample.value));
            }
        }
        if kind == "histogram" { self.check_histogram() } else { Ok(()) }
    }

    fn check_histogram(&self) -> Result<(), String> {
        let of = |suffix: &str| {
            let name = format!("{}{suffix}", self.name);
            self.samples.iter().filter(move |sample| sample.name == name).collect::<Vec<_>>()
        };
        let ([_], [count], buckets) = (&of("_sum")[..], &of("_count")[..], of("_bucket")) else {
            return Err("a histogram has one sum and one count".into());
        };
        let mut last = (f64::NEG_INFINITY, 0.0);
        for bucket in &buckets {
            let [(label, le)] = &bucket.labels[..] else {
                return Err("a bucket has the label le alone".into());
            };
            let bound =
                if le == "+Inf" { f64::INFINITY } else { le.parse().map_err(|_| "le is no number")? };
            if label != "le" || bound <= last.0 || bucket.value < last.1 {
                return Err(format!("bucket {le} does not follow from the one before"));
            }
            last = (bound, bucket.value);
        }
        if last == (f64::INFINITY, count.value) { Ok(()) } else { Err("the last bucket is not all".into()) }
    }
}

fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, rest) = line.split_at(end);
    name_is_sound(name, true)?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    let value = value.parse().map_err(|_| format!("{value:?} is no number"))?;
    Ok(Sample { name: name.into(), labels, value })
}

/// Names and values, with what follows them.
type Labels<'a> = (Vec<(String, String)>, &'a str);

fn labels(mut rest: &str) -> Result<Labels<'_>, String> {
    let mut labels = BTreeMap::new();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels.into_iter().collect(), rest));
        }
        let (name, behind) = rest.split_once("=\"").ok_or("a label without a value")?;
        name_is_sound(name, false)?;
        let (mut value, mut chars) = (String::new(), behind.char_indices());
        rest = loop {
            match chars.next().ok_or("a value without an end")? {
                (at, '"') => break &behind[at + 1..],
                (_, '\\') => value.push(match chars.next() {
                    Some((_, 'n')) => '\n',
                    Some((_, escaped @ ('\\' | '"'))) => escaped,
                    _ => return Err("an unknown escape".into()),
                }),
                (_, c) => value.push(c),
            }
        };
        if labels.insert(name.to_owned(), value).is_some() {
            return Err("a label twice".into());
        }
        match rest.strip_prefix(',') {
            Some(more) if !more.starts_with('}') => rest = more,
            Some(_) => return Err("a comma before the end".into()),
            None if rest.starts_with('}') => {}
            None => return Err("no comma between labels".into()),
        }
    }
}

fn name_is_sound(name: &str, colons: bool) -> Result<(), String> {
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '_' || colons && c == ':';
    let digit = name.starts_with(|c: char| c.is_ascii_digit());
    if name.is_empty() || digit || !name.chars().all(sound) {
        Err(format!("the name {name:?}"))
    } else {
        Ok(())
    }
}

#[test]
fn texts_that_break_a_rule_are_refused() {
    let head = "# HELP a_total_seconds x.\n# TYPE a_total_seconds gauge\n";
    assert!(Exposition::parse(&format!("{head}a_total_seconds 1\n# EOF\n")).is_ok());
    for bad in [
        "# TYPE a counter\n# HELP a x.\na_total 1\n",
        "# TYPE a counter\na_total 1\n# EOF\n",
        "# HELP a x.\n# TYPE a counter\na 1\n# EOF\n",
        "# HELP a x.\n# TYPE a counter\na_total -1\n# EOF\n",
        "# HELP a x.\n# TYPE a gauge\na 1\na 2\n# EOF\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"1} 2\n# EOF\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"1\",} 2\n# EOF\n",
        "# HELP a x.\n# TYPE a gauge\n# UNIT a seconds\na 2\n# EOF\n",
        "# HELP a x.\n# TYPE a histogram\na_sum 1\na_count 2\na_bucket{le=\"+Inf\"} 1\n# EOF\n",
        "# HELP a x.\n# TYPE a gauge\na 1\n# HELP b x.\n# TYPE b gauge\nb 1\n# HELP a x.\n# TYPE a gauge\n# EOF\n",
    ] {
        assert!(Exposition::parse(bad).is_err(), "{bad}");
    }
}
