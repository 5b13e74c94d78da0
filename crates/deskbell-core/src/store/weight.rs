//! Weight: the memory that a row of a list takes, so that a page ends at a number of bytes and not of rows alone.

use crate::account::ApiKey;
use crate::attempt::Attempt;
use crate::booking::Booking;
use crate::conversation::Conversation;
use crate::delivery::Delivery;
use crate::event::Event;
use crate::inbox::{Capture, Inbox};
use crate::policy::limit::PAGE_BYTES;
use crate::sandbox::Object;
use crate::share::Share;
use crate::vault::Sealed;
use crate::webhook::Webhook;
use serde::Serialize;
use std::io::{self, Write};

/// What a list has rows of.
pub trait Weight {
    /// The bytes of those parts whose length somebody else chooses; what every row has beside them is a few hundred bytes.
    fn bytes(&self) -> usize;
}

/// The rows up to the one whose bytes fill a page ([`PAGE_BYTES`]), and that one: less than all only where they weigh so much.
///
/// # Errors
/// The first error among them.
pub fn page_of_bytes<T, E>(
    rows: impl IntoIterator<Item = Result<T, E>>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>, E> {
    let (mut read, mut sum) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        sum += bytes(&row);
        read.push(row);
        if sum >= PAGE_BYTES {
            break;
        }
    }
    Ok(read)
}

impl Weight for Event {
    fn bytes(&self) -> usize {
        self.body.len()
    }
}

impl Weight for Attempt {
    fn bytes(&self) -> usize {
        let sent: usize = self.request_headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let answered = self.response.as_ref().map_or(0, |response| {
            let headers = response.headers.iter().map(|(name, value)| name.len() + value.len());
            headers.sum::<usize>() + response.body.len()
        });
        self.url.len() + self.detail.len() + sent + answered
    }
}

impl Weight for Capture {
    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        let note = self.note.as_ref().map_or(0, String::len);
        self.path.len() + headers.sum::<usize>() + self.body.len() + note
    }
}

impl Weight for Inbox {
    fn bytes(&self) -> usize {
        json(&self.script)
    }
}

impl Weight for Booking {
    fn bytes(&self) -> usize {
        json(self)
    }
}

impl Weight for Conversation {
    fn bytes(&self) -> usize {
        json(self)
    }
}

impl Weight for Object {
    fn bytes(&self) -> usize {
        match self {
            Self::Contact(contact) => json(contact),
            Self::User(user) => json(user),
            Self::BookingPage(page) => json(page),
            Self::EventType(kind) => json(kind),
            Self::Calendar(_)
            | Self::Team(_)
            | Self::Bot(_)
            | Self::Website(_)
            | Self::Settings(_)
            | Self::MasterPage(_) => 0,
        }
    }
}

/// Rows that are all short: a hundred of them fill no page.
macro_rules! short {
    ($($row:ty),+) => {
        $(impl Weight for $row {
            fn bytes(&self) -> usize {
                0
            }
        })+
    };
}

// A list of shares reads nothing of what they froze.
short!(ApiKey, Delivery, Webhook, Share, (Share, Sealed));

impl<T: Weight> Weight for Option<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, T::bytes)
    }
}

/// The length of what is kept of it as JSON.
fn json(row: &impl Serialize) -> usize {
    let mut count = Count(0);
    // What cannot be written is not shown either.
    let _ = serde_json::to_writer(&mut count, row);
    count.0
}

struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
