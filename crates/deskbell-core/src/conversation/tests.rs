//! The state machine: single steps, and random histories against a model.

use super::*;
use crate::door::SeededRandom;
use crate::id::{BotId, ContactId};
use crate::sandbox::Sandbox;
use crate::time::from_millis;
use crate::trigger::Trigger;
use proptest::prelude::*;

fn conversation(id: usize, contact: u8, bot: u8) -> Conversation {
    let account = AccountId::from_text("ACC-1");
    let sandbox = Sandbox::new(&account, &SeededRandom::new(1), from_millis(0));
    let mut parties = Parties {
        contact: sandbox.contacts[0].clone(),
        owner: sandbox.users[0].clone(),
        bot: sandbox.bots[0].clone(),
        website: sandbox.websites[0].clone(),
    };
    parties.contact.id = ContactId::from_text(format!("CTC-{contact}"));
    parties.bot.id = BotId::from_text(format!("BOT-{bot}"));
    Conversation::begin(ConversationId::from_text(format!("CVR-{id}")), account, parties, from_millis(0))
}

fn an_answer() -> ConversationAnswer {
    ConversationAnswer {
        id: AnswerId::from_text("INT-1"),
        internal_label: None,
        question: "Who?".into(),
        value: "Noor".into(),
    }
}

#[test]
fn an_answer_is_input_and_a_close_is_not() {
    let mut talk = conversation(1, 1, 1);
    talk.answer(an_answer(), from_millis(5)).unwrap();
    assert_eq!((talk.last_interacted, talk.updated, talk.revision), (from_millis(5), from_millis(5), 1));
    assert!(!talk.is_left(from_millis(5)) && talk.is_left(from_millis(6)), "more than, not as much as");
    talk.close(from_millis(9)).unwrap();
    assert_eq!((talk.last_interacted, talk.updated, talk.revision), (from_millis(5), from_millis(9), 2));
    assert!(!talk.is_left(from_millis(100)), "what is closed cannot be left");
}

#[test]
fn a_booking_is_input_of_a_started_conversation_and_of_no_other() {
    let mut talk = conversation(1, 1, 1);
    talk.book(BookingId::from_text("BKNG-1"), from_millis(5)).unwrap();
    assert_eq!((talk.last_interacted, talk.updated, talk.revision), (from_millis(5), from_millis(5), 1));
    talk.close(from_millis(9)).unwrap();
    let after = talk.clone();
    let refused = talk.book(BookingId::from_text("BKNG-2"), from_millis(10));
    assert_eq!(refused, Err(Forbidden { from: "closed", step: "booked in" }));
    assert_eq!(talk, after);
    assert_eq!(talk.bookings, [BookingId::from_text("BKNG-1")]);
}

#[test]
fn an_open_conversation_allows_everything_and_an_ended_one_nothing() {
    let mut talk = conversation(1, 1, 1);
    let told = |talk: &Conversation| {
        actions(talk, from_millis(9))
            .into_iter()
            .map(|action| (action.name.as_str(), action.outcome))
            .collect::<Vec<_>>()
    };
    let before = talk.clone();
    assert_eq!(
        told(&talk),
        [
            ("answer", Ok(vec![])),
            ("close", Ok(vec![Trigger::ConversationClosed])),
            ("abandon", Ok(vec![Trigger::ConversationAbandoned])),
        ]
    );
    assert_eq!(talk, before, "only copies were changed");
    talk.abandon(from_millis(9)).unwrap();
    let refused =
        |what: &str| Err(format!("Only an open conversation can be {what}. This one is abandoned."));
    assert_eq!(
        told(&talk),
        [("answer", refused("answered")), ("close", refused("closed")), ("abandon", refused("abandoned"))]
    );
}

/// What can be done to conversations: `usize` picks one of those that were ever started.
#[derive(Debug, Clone)]
enum Act {
    Start { contact: u8, bot: u8 },
    Answer(usize),
    Close(usize),
    Abandon(usize),
    Sweep,
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..3u8, 0..3u8).prop_map(|(contact, bot)| Act::Start { contact, bot }),
        3 => any::<usize>().prop_map(Act::Answer),
        2 => any::<usize>().prop_map(Act::Close),
        2 => any::<usize>().prop_map(Act::Abandon),
        2 => Just(Act::Sweep),
        3 => (1..700_000i64).prop_map(Act::Wait),
    ]
}

/// What the model knows of a conversation: visitor, bot, last input, how it ended.
struct Known {
    contact: u8,
    bot: u8,
    input: i64,
    answers: usize,
    ended: Option<Trigger>,
}

proptest! {
    /// No forbidden step passes, and each transition fires its trigger exactly once.
    #[test]
    fn histories_follow_the_model(acts in proptest::collection::vec(act(), 1..60)) {
        let (mut now, mut real, mut model) = (0i64, Vec::<Conversation>::new(), Vec::<Known>::new());
        let (mut fired, mut expected) = (Vec::new(), Vec::new());
        for act in acts {
            let at = from_millis(now);
            let pick = |n: usize| (!real.is_empty()).then(|| n % real.len());
            match act {
                Act::Wait(millis) => now += millis,
                Act::Start { contact, bot } => {
                    for (n, known) in model.iter_mut().enumerate() {
                        if known.ended.is_none() && known.contact == contact && known.bot != bot {
                            known.ended = Some(Trigger::ConversationClosed);
                            expected.push((n, Trigger::ConversationClosed));
                        }
                    }
                    expected.push((model.len(), Trigger::ConversationStarted));
                    model.push(Known { contact, bot, input: now, answers: 0, ended: None });
                    let mut new = conversation(real.len(), contact, bot);
                    (new.created, new.last_interacted) = (at, at);
                    for step in start(new, real.clone(), at) {
                        let n: usize = step.conversation.id.as_str()[4..].parse().unwrap();
                        fired.push((n, step.trigger));
                        if n == real.len() { real.push(step.conversation) } else { real[n] = step.conversation }
                    }
                }
                Act::Answer(n) => if let Some(n) = pick(n) {
                    let open = model[n].ended.is_none();
                    let before = real[n].clone();
                    prop_assert_eq!(real[n].answer(an_answer(), at).is_ok(), open);
                    if open {
                        model[n].input = now;
                        model[n].answers += 1;
                    } else {
                        prop_assert_eq!(&real[n], &before, "a forbidden step changes nothing");
                    }
                },
                Act::Close(n) | Act::Abandon(n) => if let Some(n) = pick(n) {
                    let close = matches!(act, Act::Close(_));
                    let trigger =
                        if close { Trigger::ConversationClosed } else { Trigger::ConversationAbandoned };
                    let before = real[n].clone();
                    let done = if close { real[n].close(at) } else { real[n].abandon(at) };
                    prop_assert_eq!(done.is_ok(), model[n].ended.is_none());
                    if let Ok(rings) = done {
                        fired.push((n, rings));
                        expected.push((n, trigger));
                        model[n].ended = Some(trigger);
                    } else {
                        prop_assert_eq!(&real[n], &before, "a forbidden step changes nothing");
                    }
                },
                Act::Sweep => {
                    for (n, known) in model.iter_mut().enumerate() {
                        if known.ended.is_none() && now - known.input > 600_000 {
                            known.ended = Some(Trigger::ConversationAbandoned);
                            expected.push((n, Trigger::ConversationAbandoned));
                        }
                    }
                    let silent_since = at.checked_sub(ABANDON_AFTER).unwrap();
                    for (n, left) in real.iter_mut().enumerate().filter(|(_, one)| one.is_left(silent_since)) {
                        fired.push((n, left.abandon(at).unwrap()));
                    }
                }
            }
            prop_assert_eq!(&fired, &expected);
        }
        for (known, real) in model.iter().zip(&real) {
            let status = match known.ended {
                None => Status::Started,
                Some(Trigger::ConversationClosed) => Status::Closed,
                Some(_) => Status::Abandoned,
            };
            prop_assert_eq!((real.status, real.answers.len()), (status, known.answers));
            prop_assert_eq!(real.revision, known.answers as u64 + u64::from(known.ended.is_some()));
        }
    }
}
