//! MISSING: what is not ported yet, a module for each noun. Whoever ports one deletes its module here; at the end the file is gone.

pub(super) fn yet<T>() -> deskbell_core::store::Result<T> {
    Err(deskbell_core::store::Error::Unavailable("not ported yet".into()))
}

mod booking {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::booking::{Booking, BookingSaved, Status};
    #[allow(unused_imports)]
    use deskbell_core::conversation::Conversation;
    #[allow(unused_imports)]
    use deskbell_core::event::NewEvent;
    #[allow(unused_imports)]
    use deskbell_core::id::{
        AccountId, BookingId, BookingPageId, CalendarId, ContactId, EventTypeId, MasterPageId, UserId,
    };
    use deskbell_core::store::*;
    #[async_trait]
    impl Bookings for PostgresStore {
        async fn save_bookings(&self, _: Vec<BookingChange>, _: Timestamp) -> Result<BookingSaved> {
            yet()
        }
        async fn booking(&self, _: &AccountId, _: &BookingId) -> Result<Option<Booking>> {
            yet()
        }
        async fn bookings(&self, _: &AccountId, _: &BookingFilter, _: &Page) -> Result<Listing<Booking>> {
            yet()
        }
        async fn ended_bookings(&self, _: Timestamp, _: u32) -> Result<Ended> {
            yet()
        }
        async fn taken(
            &self,
            _: &AccountId,
            _: &UserId,
            _: Timestamp,
            _: Timestamp,
        ) -> Result<Vec<(Timestamp, Timestamp)>> {
            yet()
        }
    }
}

mod change_feed {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::attempt::Attempt;
    #[allow(unused_imports)]
    use deskbell_core::delivery::Delivery;
    #[allow(unused_imports)]
    use deskbell_core::event::Event;
    #[allow(unused_imports)]
    use deskbell_core::id::AccountId;
    #[allow(unused_imports)]
    use deskbell_core::inbox::{Capture, Inbox};
    use deskbell_core::store::*;
    #[async_trait]
    impl ChangeFeed for PostgresStore {
        async fn position(&self, _: &AccountId) -> Result<Position> {
            yet()
        }
        async fn events_between(&self, _: &AccountId, _: u64, _: u64, _: u32) -> Result<Vec<EventNews>> {
            yet()
        }
        async fn attempts_between(&self, _: &AccountId, _: u64, _: u64, _: u32) -> Result<Vec<AttemptNews>> {
            yet()
        }
        async fn captures_between(&self, _: &AccountId, _: u64, _: u64, _: u32) -> Result<Vec<CaptureNews>> {
            yet()
        }
    }
}

mod conversation {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::conversation::{Conversation, Status};
    #[allow(unused_imports)]
    use deskbell_core::event::NewEvent;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, ContactId, ConversationId};
    #[allow(unused_imports)]
    use deskbell_core::policy::revision::Conflict;
    use deskbell_core::store::*;
    #[async_trait]
    impl Conversations for PostgresStore {
        async fn save_conversations(
            &self,
            _: Vec<ConversationChange>,
            _: Timestamp,
        ) -> Result<ConversationsSaved> {
            yet()
        }
        async fn conversation(&self, _: &AccountId, _: &ConversationId) -> Result<Option<Conversation>> {
            yet()
        }
        async fn conversations(
            &self,
            _: &AccountId,
            _: &ConversationFilter,
            _: &Page,
        ) -> Result<Listing<Conversation>> {
            yet()
        }
        async fn silent_conversations(&self, _: Timestamp, _: u32) -> Result<Vec<Conversation>> {
            yet()
        }
    }
}

mod delivery {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::attempt::{Attempt, Outcome};
    #[allow(unused_imports)]
    use deskbell_core::delivery::{Delivery, Retried, Status};
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
    #[allow(unused_imports)]
    use deskbell_core::policy::limit::PAGE_BYTES;
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::trigger::Trigger;
    #[allow(unused_imports)]
    use std::collections::VecDeque;
    #[async_trait]
    impl Deliveries for PostgresStore {
        async fn retry_delivery(&self, _: &AccountId, _: &DeliveryId, _: Timestamp) -> Result<Retried> {
            yet()
        }
        async fn delivery(&self, _: &AccountId, _: &DeliveryId) -> Result<Option<Delivery>> {
            yet()
        }
        async fn deliveries(&self, _: &AccountId, _: &DeliveryFilter, _: &Page) -> Result<Listing<Delivery>> {
            yet()
        }
        async fn attempts_of(&self, _: &AccountId, _: &[DeliveryId], _: u32) -> Result<Vec<Vec<Attempt>>> {
            yet()
        }
        async fn attempt(&self, _: &AccountId, _: &AttemptId) -> Result<Option<Attempt>> {
            yet()
        }
        async fn attempts(&self, _: &AccountId, _: &AttemptFilter, _: &Page) -> Result<Listing<Attempt>> {
            yet()
        }
    }
}

mod event {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::event::Event;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, EventId};
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::trigger::Trigger;
    #[async_trait]
    impl Events for PostgresStore {
        async fn event(&self, _: &AccountId, _: &EventId) -> Result<Option<Event>> {
            yet()
        }
        async fn events_of(&self, _: &AccountId, _: &[EventId]) -> Result<Vec<Option<Event>>> {
            yet()
        }
        async fn events(&self, _: &AccountId, _: &EventFilter, _: &Page) -> Result<Listing<Event>> {
            yet()
        }
    }
}

mod import {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::id::AccountId;
    #[allow(unused_imports)]
    use deskbell_core::import::{Import, ImportSaved};
    use deskbell_core::store::*;
    #[async_trait]
    impl Imports for PostgresStore {
        async fn import(&self, _: &AccountId, _: Vec<Import>, _: u32) -> Result<ImportSaved> {
            yet()
        }
    }
}

mod inbox {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, CaptureId, InboxId};
    #[allow(unused_imports)]
    use deskbell_core::inbox::{Capture, Captured, Inbox, InboxChange};
    use deskbell_core::store::*;
    #[async_trait]
    impl Inboxes for PostgresStore {
        async fn create_inbox(&self, _: Inbox, _: u32) -> Result<InboxCreated> {
            yet()
        }
        async fn inbox(&self, _: &AccountId, _: &InboxId) -> Result<Option<Inbox>> {
            yet()
        }
        async fn inbox_of_token(&self, _: &str) -> Result<Option<Inbox>> {
            yet()
        }
        async fn inboxes(&self, _: &AccountId, _: &Page) -> Result<Listing<Inbox>> {
            yet()
        }
        async fn change_inbox(&self, _: &AccountId, _: &InboxId, _: InboxChange) -> Result<Option<Inbox>> {
            yet()
        }
        async fn delete_inbox(&self, _: &AccountId, _: &InboxId) -> Result<bool> {
            yet()
        }
        async fn capture(&self, _: &AccountId, _: &str, _: Capture, _: Keep, _: u32) -> Result<Captured> {
            yet()
        }
        async fn answer_capture(&self, _: &InboxId, _: &CaptureId, _: u16) -> Result<()> {
            yet()
        }
        async fn captured(&self, _: &AccountId, _: &InboxId, _: &CaptureId) -> Result<Option<Capture>> {
            yet()
        }
        async fn captures(&self, _: &AccountId, _: &InboxId, _: &Page) -> Result<Option<Listing<Capture>>> {
            yet()
        }
        async fn delete_captures(
            &self,
            _: &AccountId,
            _: &InboxId,
            _: Option<&CaptureId>,
        ) -> Result<Option<u64>> {
            yet()
        }
        async fn sweep_inboxes(&self, _: Timestamp) -> Result<u64> {
            yet()
        }
    }
}

mod member {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::account::Account;
    #[allow(unused_imports)]
    use deskbell_core::id::MemberId;
    #[allow(unused_imports)]
    use deskbell_core::member::{Member, PasswordHash};
    #[allow(unused_imports)]
    use deskbell_core::sandbox::Sandbox;
    #[allow(unused_imports)]
    use deskbell_core::session::Session;
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::token::TokenHash;
    #[async_trait]
    impl Members for PostgresStore {
        async fn sign_up(&self, _: Account, _: Sandbox, _: Member) -> Result<AccountCreated> {
            yet()
        }
        async fn owner_or(&self, _: Member) -> Result<Member> {
            yet()
        }
        async fn member_by_email(&self, _: &str) -> Result<Option<Member>> {
            yet()
        }
        async fn set_login(&self, _: &MemberId, _: &str, _: PasswordHash, _: &TokenHash) -> Result<LoginSet> {
            yet()
        }
        async fn create_session(&self, _: Session, _: u32) -> Result<()> {
            yet()
        }
        async fn session(&self, _: &TokenHash) -> Result<Option<(Session, Member)>> {
            yet()
        }
        async fn note_session(&self, _: &TokenHash, _: Timestamp) -> Result<()> {
            yet()
        }
        async fn end_session(&self, _: &TokenHash) -> Result<bool> {
            yet()
        }
        async fn sweep_sessions(&self, _: Timestamp) -> Result<u64> {
            yet()
        }
    }
}

mod one_time_link {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::OneTimeLinkId;
    #[allow(unused_imports)]
    use deskbell_core::one_time_link::OneTimeLink;
    use deskbell_core::store::*;
    #[async_trait]
    impl OneTimeLinks for PostgresStore {
        async fn add_one_time_link(&self, _: OneTimeLink, _: u32) -> Result<ObjectAdded> {
            yet()
        }
        async fn one_time_link(&self, _: &OneTimeLinkId) -> Result<Option<OneTimeLink>> {
            yet()
        }
        async fn sweep_one_time_links(&self, _: Timestamp, _: u32) -> Result<u64> {
            yet()
        }
    }
}

mod pause {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    use deskbell_core::store::*;
    #[async_trait]
    impl Pause for PostgresStore {
        async fn paused(&self) -> Result<Option<Timestamp>> {
            yet()
        }
        async fn resume(&self) -> Result<bool> {
            yet()
        }
    }
}

mod retention {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::AccountId;
    #[allow(unused_imports)]
    use deskbell_core::place::Place;
    #[allow(unused_imports)]
    use deskbell_core::retention::{Keep, OwnKeep};
    use deskbell_core::store::*;
    #[async_trait]
    impl Retention for PostgresStore {
        async fn expire(&self, _: Expire) -> Result<Expired> {
            yet()
        }
        async fn forget_keys(&self, _: Timestamp, _: u32) -> Result<u64> {
            yet()
        }
        async fn give_back(&self, _: u64) -> Result<u64> {
            yet()
        }
        async fn own_keep(&self, _: &AccountId) -> Result<OwnKeep> {
            yet()
        }
        async fn set_own_keep(&self, _: &AccountId, _: OwnKeep) -> Result<bool> {
            yet()
        }
        async fn cut(&self, _: &AccountId) -> Result<Cut> {
            yet()
        }
    }
}

mod sandbox {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::account::folded;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, EventTypeId, MasterPageId, TeamId, UserId};
    #[allow(unused_imports)]
    use deskbell_core::sandbox::{Identifier, Object, ObjectKind};
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use std::collections::BTreeSet;
    #[async_trait]
    impl Sandboxes for PostgresStore {
        async fn add_object(&self, _: &AccountId, _: Object, _: u32) -> Result<ObjectAdded> {
            yet()
        }
        async fn object(&self, _: &AccountId, _: ObjectKind, _: &str) -> Result<Found> {
            yet()
        }
        async fn objects_by_id(&self, _: &AccountId, _: ObjectKind, _: Vec<String>) -> Result<Vec<Found>> {
            yet()
        }
        async fn object_by(
            &self,
            _: &AccountId,
            _: ObjectKind,
            _: Identifier,
            _: &str,
        ) -> Result<Option<Object>> {
            yet()
        }
        async fn objects(
            &self,
            _: &AccountId,
            _: ObjectKind,
            _: &ObjectFilter,
            _: &Page,
        ) -> Result<Listing<Object>> {
            yet()
        }
        async fn change_object(&self, _: &AccountId, _: &Object, _: Object) -> Result<ObjectChanged> {
            yet()
        }
        async fn delete_object(&self, _: &AccountId, _: ObjectKind, _: &str) -> Result<bool> {
            yet()
        }
    }
}

mod share {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, ShareId};
    #[allow(unused_imports)]
    use deskbell_core::share::Share;
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::token::TokenHash;
    #[allow(unused_imports)]
    use deskbell_core::vault::Sealed;
    #[async_trait]
    impl Shares for PostgresStore {
        async fn create_share(&self, _: Share, _: Sealed, _: u32) -> Result<ShareCreated> {
            yet()
        }
        async fn shares(&self, _: &AccountId, _: &Page) -> Result<Listing<Share>> {
            yet()
        }
        async fn shared(&self, _: &TokenHash, _: Timestamp) -> Result<Option<(Share, Sealed)>> {
            yet()
        }
        async fn revoke_share(&self, _: &AccountId, _: &ShareId) -> Result<bool> {
            yet()
        }
        async fn sweep_shares(&self, _: Timestamp) -> Result<u64> {
            yet()
        }
    }
}

mod statistics {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, WebhookId};
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::webhook::{Quarter, Record, Webhook};
    #[allow(unused_imports)]
    use std::time::Duration;
    #[async_trait]
    impl Statistics for PostgresStore {
        async fn records(&self, _: &AccountId, _: &[WebhookId], _: Timestamp) -> Result<Vec<Record>> {
            yet()
        }
        async fn watched_webhooks(
            &self,
            _: Timestamp,
            _: Timestamp,
            _: u32,
        ) -> Result<Vec<(Webhook, Vec<Quarter>)>> {
            yet()
        }
        async fn tenants(&self, _: &[AccountId]) -> Result<Vec<Tenant>> {
            yet()
        }
        async fn unready(&self) -> Option<Unready> {
            None
        }
        async fn condition(&self, _: Timestamp) -> Result<Condition> {
            yet()
        }
    }
}

mod webhook {
    use super::super::PostgresStore;
    use super::yet;
    #[allow(unused_imports)]
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use deskbell_core::Timestamp;
    #[allow(unused_imports)]
    use deskbell_core::id::{AccountId, WebhookId};
    use deskbell_core::store::*;
    #[allow(unused_imports)]
    use deskbell_core::webhook::{Webhook, WebhookChange, WebhookSaved};
    #[async_trait]
    impl Webhooks for PostgresStore {
        async fn create_webhook(&self, _: Webhook, _: u32) -> Result<WebhookSaved> {
            yet()
        }
        async fn webhook(&self, _: &AccountId, _: &WebhookId) -> Result<Option<Webhook>> {
            yet()
        }
        async fn webhooks(&self, _: &AccountId, _: &Page) -> Result<Listing<Webhook>> {
            yet()
        }
        async fn change_webhook(
            &self,
            _: &AccountId,
            _: &WebhookId,
            _: &WebhookChange,
            _: Timestamp,
        ) -> Result<WebhookSaved> {
            yet()
        }
        async fn delete_webhook(&self, _: &AccountId, _: &WebhookId, _: Timestamp) -> Result<bool> {
            yet()
        }
    }
}
