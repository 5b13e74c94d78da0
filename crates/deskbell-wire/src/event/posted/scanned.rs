//! What is posted, read in one pass where it is sound.

use super::{NewEvent, NewEvents, PostedEvents};
use crate::json::minified;
use crate::json::scan::{Scan, Scanned};
use crate::word::Word;
use bytes::Bytes;
use deskbell_core::event::Data;
use deskbell_core::policy::limit;
use deskbell_core::trigger::Trigger;

/// The events in `bytes`; `None` when something about one of them has to be judged.
pub(super) fn read(bytes: &Bytes) -> Option<PostedEvents> {
    let (mut one, mut many) = (Members::default(), None);
    let mut scan = Scan::new(bytes)?;
    scan.object(|scan, key| match key {
        "events" => {
            many = Some(batch(scan, bytes)?);
            Some(())
        }
        _ => one.take(scan, key),
    })?;
    scan.end()?;
    match many {
        Some(events) => (one == Members::default()).then_some(PostedEvents::Many(NewEvents { events })),
        None => one.event(bytes).map(PostedEvents::One),
    }
}

/// At least one event, and no more than a call may have.
fn batch<P>(scan: &mut Scan<'_>, bytes: &Bytes) -> Option<Vec<Result<NewEvent, P>>> {
    let mut events = Vec::new();
    scan.array(|scan| {
        let mut members = Members::default();
        scan.document(|scan| scan.object(|scan, key| members.take(scan, key)))?;
        events.push(Ok(members.event(bytes)?));
        (events.len() <= limit::EVENTS_PER_CALL).then_some(())
    })?;
    (!events.is_empty()).then_some(events)
}

/// The members of an event as they were found.
#[derive(Debug, Default, PartialEq)]
struct Members<'a> {
    r#type: Option<Scanned<'a>>,
    data: Option<Scanned<'a>>,
    subject: Option<Scanned<'a>>,
}

impl<'a> Members<'a> {
    fn take(&mut self, scan: &mut Scan<'a>, key: &str) -> Option<()> {
        let member = match key {
            "type" => &mut self.r#type,
            "data" => &mut self.data,
            "subject" => &mut self.subject,
            _ => return None,
        };
        *member = Some(scan.value()?);
        Some(())
    }

    fn event(self, bytes: &Bytes) -> Option<NewEvent> {
        let name = self.r#type?.text.strip_prefix('"')?.strip_suffix('"')?;
        let data = self.data.filter(|data| data.text.starts_with('{'))?;
        let subject = self.subject.map(|subject| serde_json::from_str(subject.text));
        Some(NewEvent {
            r#type: Word(Trigger::parse(name)?),
            data: Data::new(match data.white_space {
                0 => bytes.slice_ref(data.text.as_bytes()),
                _ => Bytes::from(minified(data.text)),
            }),
            subject: subject.transpose().ok()?.flatten(),
        })
    }
}
