//! F-16 for what rings and what is rung: bookings, conversations, and the inboxes of the tester.

use super::{Walk, account, agree};
use crate::given::{Shared, add_account, at, first};
use bytes::Bytes;
use deskbell_core::booking::{Actor, Asked, Booking, Classic, Form, Location, MadeBy, Status};
use deskbell_core::conversation::{self, Conversation, Parties};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{
    BookingId, BotId, CalendarId, CaptureId, ContactId, ConversationId, EventId, InboxId, UserId,
};
use deskbell_core::inbox::{Capture, Inbox, InboxChange, Script, ScriptedAnswer};
use deskbell_core::sandbox::{ExternalCalendar, Sandbox};
use deskbell_core::store::{
    BookingChange, BookingFilter, ConversationChange, ConversationFilter, Cursor, EventFilter, Keep, Page,
};
use deskbell_core::trigger::Trigger;
use proptest::prelude::*;

const STEPS: usize = 120;

/// What the histories must come to at least once.
const WORDS: [&str; 9] =
    ["SlotTaken", "IdTaken", "Changed", "Saved", "TooMany", "TooFast", "Expired", "Held", "Stored"];

/// One call. Small numbers name things, so that calls meet; `old` writes over a revision that is not the newest.
#[derive(Debug, Clone)]
enum Action {
    Wait(i64),
    /// Bookings that one call stores together.
    Book {
        bookings: Vec<(u8, u8, u8)>,
        account: u8,
        /// The conversation that the first is made in.
        talk: Option<(u8, bool)>,
        event: u8,
    },
    Act {
        booking: u8,
        does: u8,
        old: bool,
        event: u8,
    },
    Ended(u32),
    Taken {
        host: u8,
        from: u8,
    },
    Talk {
        id: u8,
        contact: u8,
        bot: u8,
        closes: bool,
        event: u8,
    },
    Turn {
        id: u8,
        does: u8,
        old: bool,
        event: u8,
    },
    Silent(u32),
    Inbox {
        id: u8,
        account: u8,
        relay: bool,
        statuses: Vec<u16>,
    },
    Rename {
        id: u8,
        statuses: Option<Vec<u16>>,
    },
    Capture {
        inbox: u8,
        id: u8,
    },
    AnswerCapture {
        inbox: u8,
        id: u8,
        status: u16,
    },
    Note {
        inbox: u8,
        id: u8,
        note: Option<u8>,
    },
    Forget {
        inbox: u8,
        id: Option<u8>,
    },
    DeleteInbox(u8),
    Sweep,
    Page {
        list: u8,
        limit: u32,
        id: u8,
        before: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Action>> {
    let few = || 0..6u8;
    let event = || 0..200u8;
    let statuses = || proptest::collection::vec(prop_oneof![Just(200u16), Just(503), Just(410)], 0..3);
    let step = prop_oneof![
        3 => prop_oneof![4 => 0..2_000i64, 2 => 20_000..700_000i64].prop_map(Action::Wait),
        6 => (proptest::collection::vec((few(), 0..2u8, 0..8u8), 1..3), 0..2u8,
            proptest::option::of((few(), proptest::bool::weighted(0.2))), event())
            .prop_map(|(bookings, account, talk, event)| Action::Book { bookings, account, talk, event }),
        8 => (few(), 0..4u8, proptest::bool::weighted(0.2), event())
            .prop_map(|(booking, does, old, event)| Action::Act { booking, does, old, event }),
        1 => (1..4u32).prop_map(Action::Ended),
        1 => (0..2u8, 0..8u8).prop_map(|(host, from)| Action::Taken { host, from }),
        6 => (few(), 0..2u8, 0..2u8, any::<bool>(), event())
            .prop_map(|(id, contact, bot, closes, event)| Action::Talk { id, contact, bot, closes, event }),
        6 => (few(), 0..3u8, proptest::bool::weighted(0.2), event())
            .prop_map(|(id, does, old, event)| Action::Turn { id, does, old, event }),
        1 => (1..4u32).prop_map(Action::Silent),
        3 => (0..4u8, 0..2u8, any::<bool>(), statuses())
            .prop_map(|(id, account, relay, statuses)| Action::Inbox { id, account, relay, statuses }),
        1 => (0..4u8, proptest::option::of(statuses())).prop_map(|(id, statuses)| Action::Rename { id, statuses }),
        8 => (0..4u8, 0..40u8).prop_map(|(inbox, id)| Action::Capture { inbox, id }),
        2 => (0..4u8, 0..40u8, Just(504u16))
            .prop_map(|(inbox, id, status)| Action::AnswerCapture { inbox, id, status }),
        2 => (0..4u8, 0..40u8, proptest::option::of(1..20u8))
            .prop_map(|(inbox, id, note)| Action::Note { inbox, id, note }),
        1 => (0..4u8, proptest::option::of(0..40u8)).prop_map(|(inbox, id)| Action::Forget { inbox, id }),
        1 => (0..4u8).prop_map(Action::DeleteInbox),
        1 => Just(Action::Sweep),
        3 => (0..3u8, 1..4u32, few(), any::<bool>())
            .prop_map(|(list, limit, id, before)| Action::Page { list, limit, id, before }),
    ];
    proptest::collection::vec(step, STEPS)
}

/// A store on its way through a history.
struct Walker {
    store: Shared,
    now: i64,
    sandbox: Sandbox,
}

fn booking_id(n: u8) -> BookingId {
    BookingId::from_text(format!("BKNG-{n}"))
}

fn conversation_id(n: u8) -> ConversationId {
    ConversationId::from_text(format!("CVR-{n}"))
}

fn inbox_id(n: u8) -> InboxId {
    InboxId::from_text(format!("INB-{n}"))
}

fn capture_id(n: u8) -> CaptureId {
    CaptureId::from_text(format!("REQ-{n}"))
}

fn script(statuses: Vec<u16>) -> Script {
    let answer = |status| ScriptedAnswer { status, ..ScriptedAnswer::default() };
    Script::new(statuses.into_iter().map(answer).collect()).unwrap_or_default()
}

impl Walker {
    fn event(&self, n: u8, owner: u8, trigger: Trigger) -> Option<NewEvent> {
        let event = Event {
            id: EventId::from_text(format!("EVNT-{n:010}")),
            account: account(owner),
            trigger,
            subject: Some(n.to_string()),
            created: at(self.now),
            body: Bytes::from(vec![n]),
            origin: Origin::Sandbox,
            payload_deleted: false,
        };
        // Every eighth change rings nothing.
        (!n.is_multiple_of(8)).then_some(NewEvent { event, idempotency: None, only: None, trace: None })
    }

    /// Half an hour of host `host`, a quarter of an hour after the one `slot` before.
    fn booking(&self, n: u8, owner: u8, host: u8, slot: u8) -> Booking {
        Booking {
            id: booking_id(n),
            account: account(owner),
            calendar: CalendarId::from_text("BKC-1"),
            owner: UserId::from_text(format!("USR-{host}")),
            owner_email: "mira@host.example".into(),
            contact: Some(ContactId::from_text("CTC-1")),
            conversation: None,
            subject: "Introduction".into(),
            status: if slot.is_multiple_of(3) { Status::Requested } else { Status::Scheduled },
            created: at(self.now),
            updated: at(self.now),
            starts: at(i64::from(slot) * 900_000),
            duration_minutes: 30,
            guest_time_zone: "UTC".into(),
            location: Location::Described { text: "here".into() },
            cancellation: None,
            asked: Asked::Meeting,
            replaces: None,
            rebookable: false,
            form: Form::default(),
            classic: Classic::default(),
            one_time_link: None,
            made_by: MadeBy::Guest,
            external_calendar: ExternalCalendar::default(),
            payment: None,
            utm_params: None,
            imported: None,
            revision: 0,
        }
    }

    async fn act(&self, n: u8, does: u8, old: bool, event: u8) -> String {
        let Some(stored) = self.store.booking(&account(0), &booking_id(n)).await.unwrap() else {
            return String::new();
        };
        let now = at(self.now);
        let changes = match does {
            0 => stored.cancel(None, Actor::Customer, now),
            1 => stored.complete(now),
            2 => stored.no_show(now),
            _ => stored.approve(None, now),
        };
        let Ok(changes) = changes else { return "forbidden".into() };
        let changes = changes.into_iter().map(|mut changed| {
            changed.booking.revision -= u64::from(old && changed.booking.revision > 1);
            let event = changed.rings.and_then(|trigger| self.event(event, 0, trigger));
            BookingChange { booking: changed.booking, event, conversation: None }
        });
        format!("{:?}", self.store.save_bookings(changes.collect(), now).await)
    }

    async fn talk(&self, n: u8, contact: u8, bot: u8, closes: bool, event: u8) -> String {
        let sandbox = &self.sandbox;
        let mut parties = Parties {
            contact: sandbox.contacts[0].clone(),
            owner: sandbox.users[0].clone(),
            bot: sandbox.bots[0].clone(),
            website: sandbox.websites[0].clone(),
        };
        parties.contact.id = ContactId::from_text(format!("CTC-{contact}"));
        parties.bot.id = BotId::from_text(format!("BOT-{bot}"));
        let new = Conversation::begin(conversation_id(n), account(0), parties, at(self.now));
        let filter =
            ConversationFilter { contact: Some(new.contact.id.clone()), ..ConversationFilter::default() };
        let open = self.store.conversations(&account(0), &filter, &first(100)).await.unwrap().items;
        let steps = conversation::start(new, if closes { open } else { Vec::new() }, at(self.now));
        let changes = steps.into_iter().zip(event..).map(|(step, event)| ConversationChange {
            event: self.event(event, 0, step.trigger),
            conversation: step.conversation,
        });
        format!("{:?}", self.store.save_conversations(changes.collect(), at(self.now)).await)
    }

    async fn turn(&self, n: u8, does: u8, old: bool, event: u8) -> String {
        let Some(mut talk) = self.store.conversation(&account(0), &conversation_id(n)).await.unwrap() else {
            return String::new();
        };
        let now = at(self.now);
        let answer = conversation::ConversationAnswer {
            id: deskbell_core::id::AnswerId::from_text("INT-1"),
            internal_label: None,
            question: "Who?".into(),
            value: event.to_string(),
        };
        let (done, trigger) = match does {
            0 => (talk.answer(answer, now), None),
            1 => (talk.close(now).map(drop), Some(Trigger::ConversationClosed)),
            _ => (talk.abandon(now).map(drop), Some(Trigger::ConversationAbandoned)),
        };
        if done.is_err() {
            return "forbidden".into();
        }
        talk.revision -= u64::from(old && talk.revision > 1);
        let event = trigger.and_then(|trigger| self.event(event, 0, trigger));
        let change = ConversationChange { conversation: talk, event };
        format!("{:?}", self.store.save_conversations(vec![change], now).await)
    }

    /// The conversation with a booking made in it.
    async fn made_in(&self, n: u8, old: bool, booking: u8) -> Option<Conversation> {
        let mut talk = self.store.conversation(&account(0), &conversation_id(n)).await.unwrap()?;
        talk.book(booking_id(booking), at(self.now)).ok()?;
        talk.revision -= u64::from(old && talk.revision > 1);
        Some(talk)
    }

    async fn page(&self, list: u8, limit: u32, id: u8, before: bool) -> String {
        let (store, account) = (&self.store, account(0));
        let id = match list {
            0 => booking_id(id).to_string(),
            1 => conversation_id(id).to_string(),
            _ => capture_id(id).to_string(),
        };
        let cursor = Some(if before { Cursor::Before(id) } else { Cursor::After(id) });
        let page = Page { limit, cursor };
        match list {
            0 => format!("{:?}", store.bookings(&account, &BookingFilter::default(), &page).await),
            1 => format!("{:?}", store.conversations(&account, &ConversationFilter::default(), &page).await),
            _ => format!("{:?}", store.captures(&account, &inbox_id(0), &page).await),
        }
    }
}

impl Walk for Walker {
    type Action = Action;

    async fn new(store: Shared) -> Self {
        for n in 0..2 {
            add_account(&*store, account(n), &format!("{n}@mail.example")).await;
        }
        let sandbox = Sandbox::new(&account(0), &SeededRandom::new(1), at(0));
        Self { store, now: 0, sandbox }
    }

    async fn take(&mut self, step: &Action) -> String {
        let (store, now) = (&self.store, at(self.now));
        match step.clone() {
            Action::Wait(millis) => {
                self.now += millis;
                String::new()
            }
            Action::Book { bookings, account: owner, talk, event } => {
                let mut bookings = bookings;
                let mut made_in = match talk {
                    Some((talk, old)) => self.made_in(talk, old, bookings[0].0).await,
                    None => None,
                };
                // No booking stands in one call twice.
                bookings.dedup_by_key(|(n, ..)| *n);
                let changes =
                    bookings.into_iter().zip(event..).map(|((n, host, slot), event)| BookingChange {
                        booking: self.booking(n, owner, host, slot),
                        event: self.event(event, owner, Trigger::BookingScheduled),
                        conversation: made_in.take(),
                    });
                format!("{:?}", store.save_bookings(changes.collect(), now).await)
            }
            Action::Act { booking, does, old, event } => self.act(booking, does, old, event).await,
            Action::Ended(limit) => format!("{:?}", store.ended_bookings(now, limit).await),
            Action::Taken { host, from } => {
                let (host, from) = (UserId::from_text(format!("USR-{host}")), i64::from(from) * 900_000);
                format!("{:?}", store.taken(&account(0), &host, at(from), at(from + 1_000_000)).await)
            }
            Action::Talk { id, contact, bot, closes, event } => {
                self.talk(id, contact, bot, closes, event).await
            }
            Action::Turn { id, does, old, event } => self.turn(id, does, old, event).await,
            Action::Silent(limit) => {
                format!("{:?}", store.silent_conversations(at(self.now - 60_000), limit).await)
            }
            Action::Inbox { id, account: owner, relay, statuses } => {
                let inbox = Inbox {
                    id: inbox_id(id),
                    account: account(owner),
                    token: format!("token-{id}"),
                    name: "mine".into(),
                    script: script(statuses),
                    relay,
                    secret: None,
                    created: now,
                    expires: at(self.now + 500_000),
                    captured: 0,
                    script_from: 0,
                    minute: Default::default(),
                };
                // An id that is taken is the caller's bad luck: stores word the error as they like.
                format!("{:?}", store.create_inbox(inbox, 2).await.ok())
            }
            Action::Rename { id, statuses } => {
                let script = statuses.map(script);
                let change = InboxChange { name: Some("new".into()), script, secret: None, expires: None };
                format!("{:?}", store.change_inbox(&account(0), &inbox_id(id), change).await)
            }
            Action::Capture { inbox, id } => {
                let capture = Capture {
                    id: capture_id(id),
                    inbox: inbox_id(0),
                    number: 0,
                    received: now,
                    method: "POST".into(),
                    path: String::new(),
                    headers: vec![(Bytes::from_static(b"X-A"), Bytes::from(vec![id]))],
                    body: Bytes::from(vec![id; 3]),
                    remote: None,
                    answered: 0,
                    event: Some(EventId::from_text(format!("EVNT-{id:010}"))),
                    note: None,
                };
                format!(
                    "{:?}",
                    store
                        .capture(
                            &account(0),
                            &format!("token-{inbox}"),
                            capture,
                            Keep { requests: 4, account_bytes: 60 },
                            3
                        )
                        .await
                        .ok()
                )
            }
            Action::AnswerCapture { inbox, id, status } => {
                format!("{:?}", store.answer_capture(&inbox_id(inbox), &capture_id(id), status).await)
            }
            Action::Note { inbox, id, note } => {
                let note = note.map(|long| "n".repeat(long.into()));
                let (inbox, id) = (inbox_id(inbox), capture_id(id));
                format!("{:?}", store.note_capture(&account(0), &inbox, &id, note.as_deref()).await)
            }
            Action::Forget { inbox, id } => {
                let id = id.map(capture_id);
                format!("{:?}", store.delete_captures(&account(0), &inbox_id(inbox), id.as_ref()).await)
            }
            Action::DeleteInbox(id) => format!("{:?}", store.delete_inbox(&account(0), &inbox_id(id)).await),
            Action::Sweep => format!("{:?}", store.sweep_inboxes(now).await),
            Action::Page { list, limit, id, before } => self.page(list, limit, id, before).await,
        }
    }

    async fn state(store: &Shared) -> Vec<String> {
        let page = first(10_000);
        let mut state = Vec::new();
        for n in 0..2 {
            let account = account(n);
            state.push(format!("{:?}", store.bookings(&account, &BookingFilter::default(), &page).await));
            state.push(format!(
                "{:?}",
                store.conversations(&account, &ConversationFilter::default(), &page).await
            ));
            state.push(format!("{:?}", store.events(&account, &EventFilter::default(), &page).await));
            state.push(format!("{:?}", store.inboxes(&account, &page).await));
            for inbox in 0..4 {
                state.push(format!("{:?}", store.captures(&account, &inbox_id(inbox), &page).await));
            }
        }
        state
    }
}

/// F-16.
#[test]
fn the_same_history_of_the_sandbox_gives_the_same_answers() {
    agree::<Walker>(steps(), &WORDS);
}
