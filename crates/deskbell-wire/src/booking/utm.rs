//! `utm_params` of a booking (wire contract, 5.2): the campaign that brought the guest. Both of the vendor's spellings are
//! read, and the newer one is shown.

use crate::text::Line;
use deskbell_core::booking::UtmParams;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The campaign that brought the guest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UtmParams)]
pub(super) struct ShownUtmParams {
    #[schema(example = "newsletter", required)]
    source: Option<String>,
    #[schema(example = "email", required)]
    medium: Option<String>,
    #[schema(example = "spring", required)]
    campaign: Option<String>,
    #[schema(required)]
    term: Option<String>,
    #[schema(required)]
    content: Option<String>,
}

impl From<&UtmParams> for ShownUtmParams {
    fn from(params: &UtmParams) -> Self {
        let UtmParams { source, medium, campaign, term, content } = params.clone();
        Self { source, medium, campaign, term, content }
    }
}

/// The campaign that brought the guest; each text has at most 255 characters. Of two spellings of one the first counts.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = GivenUtmParams, examples(json!({"source": "newsletter", "medium": "email", "campaign": "spring"})))]
pub struct GivenUtmParams {
    source: Option<Line>,
    medium: Option<Line>,
    campaign: Option<Line>,
    term: Option<Line>,
    content: Option<Line>,
    /// The same as `source`, and so on.
    utm_source: Option<Line>,
    utm_medium: Option<Line>,
    utm_campaign: Option<Line>,
    utm_term: Option<Line>,
    utm_content: Option<Line>,
}

impl GivenUtmParams {
    /// What was given; `None` when nothing was.
    pub fn params(self) -> Option<UtmParams> {
        let one = |short: Option<Line>, long: Option<Line>| {
            short.or(long).map(String::from).filter(|text| !text.is_empty())
        };
        let params = UtmParams {
            source: one(self.source, self.utm_source),
            medium: one(self.medium, self.utm_medium),
            campaign: one(self.campaign, self.utm_campaign),
            term: one(self.term, self.utm_term),
            content: one(self.content, self.utm_content),
        };
        Some(params).filter(|params| *params != UtmParams::default())
    }
}
