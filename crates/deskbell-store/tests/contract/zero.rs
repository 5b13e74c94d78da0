//! A zero in a text that a caller gives: not every database can hold one, and none is asked to. Whatever is looked up by it is not there.

use crate::given::{Given, Shared};
use deskbell_core::id::{
    AccountId, AttemptId, BookingId, CaptureId, ContactId, ConversationId, DeliveryId, EventId, InboxId,
    KeyId, MemberId, OneTimeLinkId, ShareId, WebhookId,
};
use deskbell_core::member::PasswordHash;
use deskbell_core::sandbox::{Identifier, ObjectKind};
use deskbell_core::store::{
    AttemptFilter, BookingFilter, ConversationFilter, Cursor, DeliveryFilter, Error, EventFilter, Found,
    LoginSet, ObjectFilter, Page,
};
use deskbell_core::token::TokenHash;
use deskbell_core::webhook::WebhookChange;

/// As it stands in the path of a call (`%00`).
const ODD: &str = "ODD-\0";

pub(crate) async fn what_is_looked_up_by_it_is_not_there(store: Shared) {
    let given = Given::on(store).await;
    let (store, ours, now) = (&given.store, &given.account, crate::given::at(0));
    assert_eq!(store.account(&AccountId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.account_by_email(ODD).await.unwrap(), None);
    assert_eq!(store.sandbox(&AccountId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.key(&KeyId::from_text(ODD)).await.unwrap(), None);
    assert!(!store.revoke_key(&KeyId::from_text(ODD), now).await.unwrap());
    assert_eq!(store.member_by_email(ODD).await.unwrap(), None);
    let (member, password) = (MemberId::from_text(ODD), PasswordHash::from_text("a hash"));
    let set = store.set_login(&member, "new@mail.example", password, &TokenHash([1; 32])).await;
    assert_eq!(set.unwrap(), LoginSet::NoMember);
    assert_eq!(store.object(ours, ObjectKind::User, ODD).await.unwrap(), Found::Unknown);
    assert_eq!(store.object_by(ours, ObjectKind::User, Identifier::Email, ODD).await.unwrap(), None);
    assert!(!store.delete_object(ours, ObjectKind::User, ODD).await.unwrap());
    assert_eq!(store.booking(ours, &BookingId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.conversation(ours, &ConversationId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.one_time_link(&OneTimeLinkId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.inbox(ours, &InboxId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.inbox_of_token(ODD).await.unwrap(), None);
    let inbox = crate::inbox::add(&given).await;
    assert_eq!(store.captured(ours, &inbox.id, &CaptureId::from_text(ODD)).await.unwrap(), None);
    let gone = store.delete_captures(ours, &inbox.id, Some(&CaptureId::from_text(ODD))).await;
    assert_eq!(gone.unwrap(), Some(0));
    assert!(!store.revoke_share(ours, &ShareId::from_text(ODD)).await.unwrap());
    let webhook = WebhookId::from_text(ODD);
    assert_eq!(store.webhook(ours, &webhook).await.unwrap(), None);
    assert!(!store.delete_webhook(ours, &webhook, now).await.unwrap());
    let changed = store.change_webhook(ours, &webhook, &WebhookChange::default(), now).await;
    assert_eq!(changed.unwrap(), deskbell_core::store::WebhookSaved::Unknown);
    assert_eq!(store.event(ours, &EventId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.delivery(ours, &DeliveryId::from_text(ODD)).await.unwrap(), None);
    assert_eq!(store.attempt(ours, &AttemptId::from_text(ODD)).await.unwrap(), None);
}

pub(crate) async fn a_cursor_with_it_names_nothing(store: Shared) {
    let given = Given::on(store).await;
    let (store, ours) = (&given.store, &given.account);
    let inbox = crate::inbox::add(&given).await;
    let bookings = BookingFilter::default();
    for cursor in [Cursor::After(ODD.into()), Cursor::Before(ODD.into())] {
        let page = Page { limit: 2, cursor: Some(cursor) };
        let refused = [
            store.objects(ours, ObjectKind::User, &ObjectFilter::All, &page).await.err(),
            store.bookings(ours, &bookings, &page).await.err(),
            store.conversations(ours, &ConversationFilter::default(), &page).await.err(),
            store.inboxes(ours, &page).await.err(),
            store.captures(ours, &inbox.id, &page).await.err(),
            store.shares(ours, &page).await.err(),
            store.webhooks(ours, &page).await.err(),
            store.events(ours, &EventFilter::default(), &page).await.err(),
            store.deliveries(ours, &DeliveryFilter::default(), &page).await.err(),
            store.attempts(ours, &AttemptFilter::default(), &page).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(Error::UnknownCursor)), "A-175: {error:?}");
        }
    }
}

pub(crate) async fn a_filter_with_it_finds_nothing(store: Shared) {
    let given = Given::on(store).await;
    let (store, ours, page) = (&given.store, &given.account, crate::given::first(9));
    crate::sandbox::add(&given, crate::sandbox::user(&given, "mira")).await;
    let users = ObjectFilter::Users { email: ODD.into() };
    assert!(store.objects(ours, ObjectKind::User, &users, &page).await.unwrap().items.is_empty());
    let bookings = BookingFilter { contact: Some(ContactId::from_text(ODD)), ..BookingFilter::default() };
    assert!(store.bookings(ours, &bookings, &page).await.unwrap().items.is_empty());
    let talks =
        ConversationFilter { contact: Some(ContactId::from_text(ODD)), ..ConversationFilter::default() };
    assert!(store.conversations(ours, &talks, &page).await.unwrap().items.is_empty());
    let events = EventFilter { subject: Some(ODD.into()), ..EventFilter::default() };
    assert!(store.events(ours, &events, &page).await.unwrap().items.is_empty());
    let events = EventFilter { webhook: Some(WebhookId::from_text(ODD)), ..EventFilter::default() };
    assert!(store.events(ours, &events, &page).await.unwrap().items.is_empty());
    let deliveries = DeliveryFilter { webhook: Some(WebhookId::from_text(ODD)), ..DeliveryFilter::default() };
    assert!(store.deliveries(ours, &deliveries, &page).await.unwrap().items.is_empty());
}
