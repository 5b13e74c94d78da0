//! Indent: compact JSON for people, every key and number as it was written and in its place.

/// `json`, which has no white space between its tokens, with a line for each entry. Empty lists and objects stay as they are.
pub(super) fn indented(json: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0, false, false);
    let mut rest = json.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = rest.next() {
        let ends_here = matches!((c, rest.peek()), ('[', Some(']')) | ('{', Some('}')));
        match c {
            _ if quoted => {
                quoted = c != '"' || escaped;
                escaped = c == '\\' && !escaped;
                out.push(c);
            }
            '[' | '{' if ends_here => {
                out.push(c);
                out.extend(rest.next());
            }
            '[' | '{' => {
                depth += 1;
                out.push(c);
                line(&mut out, depth);
            }
            ']' | '}' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn only_white_space_is_added_and_only_between_tokens() {
        let json = r#"{"z":[],"a":{"quote":"\"{[,:","back":"\\"},"n":[1.0,null],"o":{}}"#;
        let wanted = "{\n  \"z\": [],\n  \"a\": {\n    \"quote\": \"\\\"{[,:\",\n    \"back\": \"\\\\\"\n  },\n  \"n\": [\n    1.0,\n    null\n  ],\n  \"o\": {}\n}";
        assert_eq!(indented(json), wanted);
    }
}
