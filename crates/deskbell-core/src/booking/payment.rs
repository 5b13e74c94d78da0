//! What a guest paid for a booking (wire contract, 5.2).

use serde::{Deserialize, Serialize};

/// A payment that was taken when the guest booked. Nobody charges anything: a tester says that it was so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// In the smallest unit of the currency.
    pub amount_charged: u64,
    /// ISO 4217.
    pub currency: String,
    /// What the payment goes by where it was taken.
    pub transaction_id: String,
}
