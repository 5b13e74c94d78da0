//! Conversations.

use crate::given::{Given, Shared, at, first, pages_hold, stranger, strangers_page_holds};
use deskbell_core::conversation::{Audience, Conversation, ConversationAnswer, Parties, Status, start};
use deskbell_core::id::{AnswerId, BotId, ContactId, ConversationId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    ConversationChange, ConversationFilter, ConversationsSaved, EventFilter, Page, Span,
};
use deskbell_core::trigger::Trigger;

/// A conversation of that visitor with that bot, begun at `millis`.
pub(crate) fn conversation(given: &Given, contact: u8, bot: u8, millis: i64) -> Conversation {
    let sandbox = Sandbox::new(&given.account, &given.random, at(0));
    let mut parties = Parties {
        contact: sandbox.contacts[0].clone(),
        owner: sandbox.users[0].clone(),
        bot: sandbox.bots[0].clone(),
        website: sandbox.websites[0].clone(),
    };
    parties.contact.id = ContactId::from_text(format!("CTC-{contact}"));
    parties.bot.id = BotId::from_text(format!("BOT-{bot}"));
    let audience = Some(Audience::named(&given.account, "Returning visitors".into()));
    let begun =
        Conversation::begin(ConversationId::new(&given.random), given.account.clone(), parties, at(millis));
    Conversation { audience, ..begun }
}

fn change(given: &Given, conversation: &Conversation, trigger: Option<Trigger>) -> ConversationChange {
    ConversationChange {
        conversation: conversation.clone(),
        event: trigger.map(|trigger| given.event(trigger)),
    }
}

async fn save(given: &Given, changes: Vec<ConversationChange>) -> ConversationsSaved {
    given.store.save_conversations(changes, at(0)).await.unwrap()
}

pub(crate) async fn begin(given: &Given, conversation: &Conversation) -> ConversationsSaved {
    save(given, vec![change(given, conversation, Some(Trigger::ConversationStarted))]).await
}

pub(crate) async fn read(given: &Given, conversation: &Conversation) -> Option<Conversation> {
    given.store.conversation(&given.account, &conversation.id).await.unwrap()
}

async fn events(given: &Given, trigger: Trigger) -> usize {
    let filter = EventFilter { trigger: Some(trigger), ..EventFilter::default() };
    given.store.events(&given.account, &filter, &first(100)).await.unwrap().items.len()
}

pub(crate) async fn a_conversation_and_its_event_are_one_step(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let mut talk = conversation(&given, 1, 1, 5);
    assert_eq!(read(&given, &talk).await, None);
    assert_eq!(begin(&given, &talk).await, ConversationsSaved::Saved);
    assert_eq!(read(&given, &talk).await, Some(talk.clone()));
    let answer = ConversationAnswer {
        id: AnswerId::new(&given.random),
        internal_label: Some("full_name".into()),
        question: "Who?".into(),
        value: "Zoë".into(),
    };
    talk.answer(answer, at(7)).unwrap();
    assert_eq!(save(&given, vec![change(&given, &talk, None)]).await, ConversationsSaved::Saved);
    talk.close(at(9)).unwrap();
    let closing = change(&given, &talk, Some(Trigger::ConversationClosed));
    assert_eq!(save(&given, vec![closing]).await, ConversationsSaved::Saved);
    assert_eq!(read(&given, &talk).await, Some(talk), "A-180: the newest revision");
    assert_eq!(events(&given, Trigger::ConversationStarted).await, 1);
    assert_eq!(events(&given, Trigger::ConversationClosed).await, 1);
}

/// What is refused rings nobody; the event of what is stored is handed over as if it had been accepted alone.
pub(crate) async fn a_conversations_event_goes_into_the_machines_hands(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    let mut talk = conversation(&given, 1, 1, 5);
    assert_eq!(begin(&given, &talk).await, ConversationsSaved::Saved);
    assert_eq!(machine.hand_one().await.delivery.trigger, Trigger::ConversationStarted);
    assert_eq!(begin(&given, &talk).await, ConversationsSaved::IdTaken);
    assert_eq!(begin(&given, &conversation(&given, 1, 2, 6)).await, ConversationsSaved::Changed);
    talk.close(at(9)).unwrap();
    let closing = change(&given, &talk, Some(Trigger::ConversationClosed));
    assert_eq!(save(&given, vec![closing]).await, ConversationsSaved::Saved);
    assert_eq!(machine.hand_one().await.delivery.trigger, Trigger::ConversationClosed);
}

pub(crate) async fn a_change_needs_the_revision_before(store: Shared) {
    let given = Given::on(store).await;
    let talk = conversation(&given, 1, 1, 0);
    begin(&given, &talk).await;
    let (mut closed, mut left) = (talk.clone(), talk.clone());
    closed.close(at(1)).unwrap();
    left.abandon(at(1)).unwrap();
    let (closing, leaving) = (
        change(&given, &closed, Some(Trigger::ConversationClosed)),
        change(&given, &left, Some(Trigger::ConversationAbandoned)),
    );
    let (one, two) = tokio::join!(save(&given, vec![closing]), save(&given, vec![leaving]));
    let mut verdicts = [one, two];
    verdicts.sort_by_key(|verdict| *verdict as u8);
    assert_eq!(verdicts, [ConversationsSaved::Saved, ConversationsSaved::Changed], "A-180");
    let ends = [Trigger::ConversationClosed, Trigger::ConversationAbandoned];
    assert_eq!(events(&given, ends[0]).await + events(&given, ends[1]).await, 1, "A-180: one event");
    let mut foreign = read(&given, &talk).await.unwrap();
    foreign.account = stranger();
    foreign.revision += 1;
    assert_eq!(
        save(&given, vec![change(&given, &foreign, None)]).await,
        ConversationsSaved::Changed,
        "A-099"
    );
    let unknown = Conversation { revision: 3, ..conversation(&given, 2, 1, 0) };
    assert_eq!(save(&given, vec![change(&given, &unknown, None)]).await, ConversationsSaved::Changed);
}

pub(crate) async fn several_are_stored_together_or_not_at_all(store: Shared) {
    let given = Given::on(store).await;
    let old = conversation(&given, 1, 1, 0);
    begin(&given, &old).await;
    let new = conversation(&given, 1, 2, 1);
    let steps = start(new.clone(), vec![old.clone()], at(1));
    assert_eq!(steps.len(), 2);
    let changes: Vec<_> =
        steps.iter().map(|step| change(&given, &step.conversation, Some(step.trigger))).collect();
    let mut clash = changes.clone();
    clash[1].event = clash[0].event.clone();
    assert_eq!(save(&given, clash).await, ConversationsSaved::IdTaken, "one id for two events");
    let taken = given.accept(1, 0).await.remove(0);
    let mut clash = changes.clone();
    clash[1].event.as_mut().unwrap().event.id = taken;
    assert_eq!(save(&given, clash).await, ConversationsSaved::IdTaken, "the id of another event");
    assert_eq!(read(&given, &old).await, Some(old.clone()), "nothing of it was stored");
    assert_eq!(events(&given, Trigger::ConversationClosed).await, 0);
    assert_eq!(save(&given, changes.clone()).await, ConversationsSaved::Saved);
    assert_eq!(read(&given, &old).await.unwrap().status, Status::Closed);
    assert_eq!(read(&given, &new).await.unwrap().status, Status::Started);
    assert_eq!(save(&given, vec![changes[1].clone()]).await, ConversationsSaved::IdTaken, "not twice");
}

pub(crate) async fn a_visitor_talks_to_one_bot_at_a_time(store: Shared) {
    let given = Given::on(store).await;
    let talk = conversation(&given, 1, 1, 0);
    begin(&given, &talk).await;
    assert_eq!(begin(&given, &conversation(&given, 1, 2, 1)).await, ConversationsSaved::Changed);
    assert_eq!(
        begin(&given, &conversation(&given, 2, 2, 1)).await,
        ConversationsSaved::Saved,
        "another visitor"
    );
    assert_eq!(
        begin(&given, &conversation(&given, 1, 1, 1)).await,
        ConversationsSaved::Saved,
        "the same bot"
    );
    assert_eq!(events(&given, Trigger::ConversationStarted).await, 3);
}

pub(crate) async fn the_longest_silent_come_first(store: Shared) {
    let given = Given::on(store).await;
    let talks: Vec<_> = [30, 10, 20, 40].map(|millis| conversation(&given, millis as u8, 1, millis)).into();
    for talk in &talks {
        begin(&given, talk).await;
    }
    let mut closed = talks[2].clone();
    closed.close(at(50)).unwrap();
    save(&given, vec![change(&given, &closed, Some(Trigger::ConversationClosed))]).await;
    let silent = async |since, limit| given.store.silent_conversations(at(since), limit).await.unwrap();
    assert_eq!(silent(40, 10).await, [talks[1].clone(), talks[0].clone()], "started, and silent before");
    assert_eq!(silent(40, 1).await, [talks[1].clone()]);
    assert!(silent(10, 10).await.is_empty());
}

pub(crate) async fn filters_select_conversations(store: Shared) {
    let given = Given::on(store).await;
    let talks: Vec<_> = (1..4).map(|n| conversation(&given, n, 1, i64::from(n))).collect();
    for talk in &talks {
        begin(&given, talk).await;
    }
    let mut left = talks[0].clone();
    left.abandon(at(9)).unwrap();
    save(&given, vec![change(&given, &left, Some(Trigger::ConversationAbandoned))]).await;
    let found = async |filter: ConversationFilter| {
        let found = given.store.conversations(&given.account, &filter, &first(100)).await.unwrap().items;
        found.iter().map(|talk| talk.created.as_millisecond() - at(0).as_millisecond()).collect::<Vec<_>>()
    };
    let all = ConversationFilter::default();
    assert_eq!(found(all.clone()).await, [3, 2, 1]);
    assert_eq!(found(ConversationFilter { status: Some(Status::Abandoned), ..all.clone() }).await, [1]);
    assert_eq!(found(ConversationFilter { status: Some(Status::Started), ..all.clone() }).await, [3, 2]);
    let contact = Some(ContactId::from_text("CTC-2"));
    assert_eq!(found(ConversationFilter { contact, ..all.clone() }).await, [2]);
    let created = Span { after: Some(at(1)), before: Some(at(3)) };
    assert_eq!(found(ConversationFilter { created, ..all }).await, [2]);
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        let talk = conversation(&given, n, 1, 0);
        begin(&given, &talk).await;
        ids.insert(0, talk.id.to_string());
    }
    let read = |page: Page| {
        let (store, account) = (&given.store, &given.account);
        async move { store.conversations(account, &ConversationFilter::default(), &page).await }
    };
    pages_hold(&ids, |talk: &Conversation| talk.id.to_string(), read).await;
}

pub(crate) async fn another_accounts_conversation_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let talk = conversation(&given, 1, 1, 0);
    begin(&given, &talk).await;
    assert_eq!(given.store.conversation(&stranger(), &talk.id).await.unwrap(), None, "A-099");
    let store = &given.store;
    let read = |page: Page| async move {
        store.conversations(&stranger(), &ConversationFilter::default(), &page).await
    };
    strangers_page_holds(talk.id.as_str(), read).await;
}
