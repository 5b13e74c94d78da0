//! Fix: the stable name of each mistake, one sentence for the page, and the lines that put it right.

use super::Error;

/// Lines that put a mistake right, by language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fix {
    /// Python, its standard library.
    pub python: &'static str,
    /// Node, its standard library.
    pub node: &'static str,
    /// Go, its standard library.
    pub go: &'static str,
    /// PHP, its standard library.
    pub php: &'static str,
}

/// Sign the bytes as they came.
const RAW_BODY: Fix = Fix {
    python: "body = request.get_data()  # Flask; request.body in Django\nmac = hmac.new(secret.encode(), f\"{t}.\".encode() + body, hashlib.sha256)",
    node: "app.use(express.raw({ type: \"application/json\" }))  // before express.json()\nhmac.update(`${t}.`).update(req.body)",
    go: "body, err := io.ReadAll(r.Body) // before json.Unmarshal\nmac.Write([]byte(t + \".\")); mac.Write(body)",
    php: "$body = file_get_contents('php://input');\n$mac = hash_hmac('sha256', \"$t.$body\", $secret);",
};
/// Sign `<t>.<body>`, with the time that the header names.
const CONTENT: Fix = Fix {
    python: "mac = hmac.new(secret.encode(), f\"{t}.\".encode() + body, hashlib.sha256)",
    node: "hmac.update(`${t}.`).update(rawBody)",
    go: "mac.Write([]byte(t + \".\")); mac.Write(body)",
    php: "$mac = hash_hmac('sha256', \"$t.$body\", $secret);",
};
/// Use the secret as text.
const SECRET: Fix = Fix {
    python: "mac = hmac.new(secret.strip().encode(\"ascii\"), content, hashlib.sha256)",
    node: "crypto.createHmac(\"sha256\", secret.trim())",
    go: "mac := hmac.New(sha256.New, []byte(strings.TrimSpace(secret)))",
    php: "$mac = hash_hmac('sha256', $content, trim($secret));",
};
/// Write the digest as lowercase hex, and compare nothing but it.
const FORM: Fix = Fix {
    python: "s = dict(p.split(\"=\", 1) for p in header.split(\",\"))[\"s\"]\nok = hmac.compare_digest(mac.hexdigest(), s)",
    node: "const s = /(?:^|,)\\s*s=([0-9a-f]{64})/.exec(header)[1]\nconst ok = crypto.timingSafeEqual(hmac.digest(), Buffer.from(s, \"hex\"))",
    go: "sum, _ := hex.DecodeString(s)\nok := hmac.Equal(mac.Sum(nil), sum)",
    php: "$ok = hash_equals(hash_hmac('sha256', $content, $secret), $s);",
};
/// Compare ages in seconds.
const AGE: Fix = Fix {
    python: "fresh = abs(time.time() - int(t)) <= 300  # seconds",
    node: "const fresh = Math.abs(Date.now() / 1000 - Number(t)) <= 300",
    go: "fresh := math.Abs(float64(time.Now().Unix()-t)) <= 300",
    php: "$fresh = abs(time() - (int) $t) <= 300;",
};

impl Error {
    /// Every mistake that a computed value is searched for, the likeliest first.
    pub const SEARCHED: [Self; 21] = [
        Self::Rebuilt,
        Self::NoTimestamp,
        Self::NoDot,
        Self::TimePrefix,
        Self::WithId,
        Self::OtherSecret,
        Self::SecretFromHex,
        Self::SecretFromBase64,
        Self::SecretPadded,
        Self::Base64,
        Self::UpperCase,
        Self::Prefix,
        Self::LineEnd,
        Self::TextMode,
        Self::Milliseconds,
        Self::Charset,
        Self::EmptyBody,
        Self::OnlyData,
        Self::PlainHash,
        Self::KeySwapped,
        Self::OwnClock,
    ];

    /// The name on the wire; stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed | Self::StandardMalformed => "malformed",
            Self::Swapped => "swapped",
            Self::UpperCase => "upper_case",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::NoVersion => "no_version",
            Self::Prefix => "prefix",
            Self::WrongLength => "wrong_length",
            Self::SecretFromHex => "secret_from_hex",
            Self::SecretFromBase64 => "secret_from_base64",
            Self::SecretPadded => "secret_padded",
            Self::OtherSecret => "other_secret",
            Self::NoTimestamp => "no_timestamp",
            Self::TimePrefix => "time_prefix",
            Self::WithId => "with_id",
            Self::OwnClock => "own_clock",
            Self::NoDot => "no_dot",
            Self::NoId => "no_id",
            Self::Rebuilt => "rebuilt",
            Self::LineEnd => "line_end",
            Self::TextMode => "text_mode",
            Self::Charset => "charset",
            Self::EmptyBody => "empty_body",
            Self::OnlyData => "only_data",
            Self::PlainHash => "plain_hash",
            Self::KeySwapped => "key_swapped",
            Self::Milliseconds => "milliseconds",
            Self::Stale => "stale",
            Self::Future => "future",
            Self::Changed => "changed",
            Self::WrongSecret => "wrong_secret",
        }
    }

    /// What was done, in one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Malformed => "The header is not t=<unix seconds>,s=<64 lowercase hex characters>",
            Self::StandardMalformed => "The headers are not an id, a time in unix seconds, and v1,<base64>",
            Self::Swapped => "The time and the signature stand in each other's place",
            Self::UpperCase => "The digest is written in upper case; it is lowercase hex",
            Self::Base64 => "The digest is written in base64; it is lowercase hex",
            Self::Hex => "The digest is written in hex; Webhook-Signature has base64",
            Self::NoVersion => "The signature lacks its v1,",
            Self::Prefix => "A prefix was left on the digest; compare the hex digits alone",
            Self::WrongLength => "It is not 32 bytes long, so it is not an HMAC-SHA256",
            Self::SecretFromHex => "The secret was decoded from hex; it is used as text",
            Self::SecretFromBase64 => "The secret was decoded from base64; it is used as text",
            Self::SecretPadded => "White space or quotes were left around the secret",
            Self::OtherSecret => "The secret of another webhook was used",
            Self::NoTimestamp => "The body was hashed without the time",
            Self::TimePrefix => "The time was hashed with its t= left on",
            Self::WithId => "The event's id was hashed too, which is Webhook-Signature's way",
            Self::OwnClock => "The time of your clock was hashed, not the t of the header",
            Self::NoDot => "The dot between the time and the body is missing",
            Self::NoId => "The event's id is missing before the time",
            Self::Rebuilt => "The JSON was parsed and rebuilt before hashing",
            Self::LineEnd => "A line end was added to the body, or taken from its end",
            Self::TextMode => "The body's line ends were converted, or a byte order mark was added",
            Self::Charset => "The body was read as ASCII or Latin-1, which changes its letters",
            Self::EmptyBody => "An empty body was hashed: something had read it before",
            Self::OnlyData => "The value of data was hashed alone, not the whole body",
            Self::PlainHash => "A plain SHA-256 was computed, which has no key; it is HMAC-SHA256",
            Self::KeySwapped => "Key and message stand in each other's place",
            Self::Milliseconds => "The time was hashed in milliseconds; it is unix seconds",
            Self::Stale => "The signature is older than five minutes",
            Self::Future => "The signature is from the future: one of the clocks is wrong",
            Self::Changed => "The body that your code sees is not the one that came",
            Self::WrongSecret => "The signature belongs to another secret, or to other bytes",
        }
    }

    /// The lines that put it right, when a few lines do.
    pub fn fix(self) -> Option<Fix> {
        match self {
            Self::Rebuilt
            | Self::LineEnd
            | Self::TextMode
            | Self::Charset
            | Self::EmptyBody
            | Self::OnlyData
            | Self::Changed => Some(RAW_BODY),
            Self::NoTimestamp
            | Self::NoDot
            | Self::TimePrefix
            | Self::WithId
            | Self::OwnClock
            | Self::PlainHash
            | Self::KeySwapped
            | Self::Milliseconds => Some(CONTENT),
            Self::SecretFromHex | Self::SecretFromBase64 | Self::SecretPadded => Some(SECRET),
            Self::Base64 | Self::UpperCase | Self::Prefix | Self::WrongLength => Some(FORM),
            Self::Stale | Self::Future => Some(AGE),
            _ => None,
        }
    }
}
