//! A one-time link: an address of a booking calendar or a master page with which one guest books once (wire contract, 10.6).

use crate::Timestamp;
use crate::booking::{Form, UtmParams};
use crate::id::{AccountId, CalendarId, MasterPageId, OneTimeLinkId};
use crate::policy::limit::ONE_TIME_LINK_LIFE;
use crate::time::later;
use serde::{Deserialize, Serialize};

/// A one-time link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneTimeLink {
    /// Its id, 12 characters without a prefix.
    pub id: OneTimeLinkId,
    /// Whose it is.
    pub account: AccountId,
    /// When it was made.
    pub created: Timestamp,
    /// Where it leads.
    pub target: Target,
    /// What it brings along for whoever books with it.
    pub brings: Brought,
    /// Somebody booked with it.
    pub spent: bool,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// To a booking calendar.
    Calendar(CalendarId),
    /// To a master page.
    MasterPage(MasterPageId),
}

/// What a link brings along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    /// What the guest's form is filled in with; nothing of it need be there.
    pub form: Form,
    /// How long the booking takes, in minutes, whatever the calendar says by then.
    pub duration_minutes: Option<u32>,
    /// The campaign for which the link was made.
    #[serde(default)]
    pub utm_params: Option<UtmParams>,
}

/// Whether one can book with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Once.
    Open,
    /// No more: somebody did.
    Spent,
    /// No more: it is older than [`ONE_TIME_LINK_LIFE`].
    Expired,
}

impl OneTimeLink {
    /// Whether one can book with it at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.spent {
            Standing::Spent
        } else if later(self.created, ONE_TIME_LINK_LIFE) <= now {
            Standing::Expired
        } else {
            Standing::Open
        }
    }
}

impl Brought {
    /// The form as a guest `sent` it, with what the guest left out filled in.
    pub fn completed(&self, sent: Form) -> Form {
        let brought = self.form.clone();
        let mut custom_fields = sent.custom_fields;
        for (name, value) in brought.custom_fields {
            if !custom_fields.iter().any(|(known, _)| *known == name) {
                custom_fields.push((name, value));
            }
        }
        Form {
            email: sent.email.or(brought.email),
            phone: sent.phone.or(brought.phone),
            mobile_phone: sent.mobile_phone.or(brought.mobile_phone),
            note: sent.note.or(brought.note),
            company: sent.company.or(brought.company),
            guests: if sent.guests.is_empty() { brought.guests } else { sent.guests },
            custom_fields,
            ..sent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::FieldValue;
    use crate::time::{earlier, from_millis};
    use std::time::Duration;

    fn link() -> OneTimeLink {
        OneTimeLink {
            id: OneTimeLinkId::from_text("7KQ2M0ZT9XW4"),
            account: AccountId::from_text("ACC-1"),
            created: from_millis(0),
            target: Target::Calendar(CalendarId::from_text("BKC-1")),
            brings: Brought::default(),
            spent: false,
        }
    }

    #[test]
    fn it_is_open_for_ninety_days_or_until_somebody_booked() {
        let end = later(from_millis(0), Duration::from_secs(90 * 24 * 3_600));
        let link = link();
        assert_eq!(link.standing(earlier(end, Duration::from_millis(1))), Standing::Open);
        assert_eq!(link.standing(end), Standing::Expired);
        let spent = OneTimeLink { spent: true, ..link };
        assert_eq!([from_millis(0), end].map(|now| spent.standing(now)), [Standing::Spent; 2]);
    }

    #[test]
    fn what_the_guest_sends_counts_before_what_the_link_brings() {
        let one = |name: &str, value: &str| (name.to_owned(), FieldValue::One(value.into()));
        let brought = Brought {
            form: Form {
                name: "Noor".into(),
                email: Some("noor@guest.example".into()),
                note: Some("From the link".into()),
                company: Some("Corrib".into()),
                custom_fields: vec![one("crm", "link"), one("plan", "pro")],
                ..Form::default()
            },
            ..Brought::default()
        };
        let sent = Form {
            name: "Tomás".into(),
            company: Some("Galway".into()),
            custom_fields: vec![one("crm", "guest")],
            ..Form::default()
        };
        let form = brought.completed(sent);
        assert_eq!((form.name.as_str(), form.company.as_deref()), ("Tomás", Some("Galway")));
        assert_eq!(form.email.as_deref(), Some("noor@guest.example"));
        assert_eq!(form.note.as_deref(), Some("From the link"));
        assert_eq!(form.custom_fields, [one("crm", "guest"), one("plan", "pro")]);
    }
}
