//! Calls that sent nothing on, or not all they had, and why.

/// What became of a call that sent nothing on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was refused, in part at least.
    Refused,
    /// It repeated an earlier one under the same idempotency key.
    Repeated,
    /// Its event is kept, and owed to no webhook.
    ToNobody,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Refused, Self::Repeated, Self::ToNobody];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Repeated => "repeated",
            Self::ToNobody => "to_nobody",
        }
    }
}
