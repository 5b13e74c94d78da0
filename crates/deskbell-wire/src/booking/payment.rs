//! `payment_information` of a booking (wire contract, 5.2): given when it is booked, which is an addition, and shown.

use crate::broken::Broken;
use crate::number::Integer;
use crate::schema::{text, value};
use crate::text::Text;
use deskbell_core::booking::Payment;
use deskbell_core::policy::limit::AMOUNT_CHARGED;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the guest paid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaymentInformation {
    /// In the smallest unit of the currency.
    #[schema(example = 4_500)]
    amount_charged: u64,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: String,
    #[schema(example = "ch_3PkW9QJm2eZvKYlo1a8ZrT7u")]
    transaction_id: String,
}

impl From<&Payment> for PaymentInformation {
    fn from(payment: &Payment) -> Self {
        let Payment { amount_charged, currency, transaction_id } = payment.clone();
        Self { amount_charged, currency, transaction_id }
    }
}

/// What the guest paid. An addition to the vendor's API: nobody charges anything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"amount_charged": 4_500, "transaction_id": "ch_3PkW9QJm2eZvKYlo1a8ZrT7u"})))]
pub struct GivenPayment {
    /// In the smallest unit of the currency, at most 99,999,999.
    amount_charged: Integer<0, { AMOUNT_CHARGED as i64 }>,
    /// Three capital letters, as ISO 4217 has them.
    currency: Currency,
    /// 1 to 255 characters.
    transaction_id: Text<1, 255>,
}

impl From<GivenPayment> for Payment {
    fn from(given: GivenPayment) -> Self {
        Self {
            amount_charged: given.amount_charged.into(),
            currency: given.currency.0,
            transaction_id: given.transaction_id.0,
        }
    }
}

/// The code of a currency.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Currency(String);

impl TryFrom<String> for Currency {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        if given.len() == 3 && given.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Ok(Self(given));
        }
        Err(Broken::new("value_invalid", "must be three capital letters, such as EUR."))
    }
}

value!(Currency, text("EUR").pattern(Some("^[A-Z]{3}$")));
