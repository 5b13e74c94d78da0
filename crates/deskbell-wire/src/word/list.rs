//! The closed lists of the core, each under the name by which an object or a body has one of its words.

use super::{Word, Words};
use crate::broken::Broken;
use deskbell_core::explain::{coach, health, neighbour, next, why};
use deskbell_core::sandbox::{self, UserRole as Role, UserStatus as User};
use deskbell_core::{
    account, attempt, booking, call, conversation, delivery, event, import, inbox, member, node, trigger,
    usage, webhook,
};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $all:expr $(, $unknown:path)?;)*) => {$(
        impl Words for $type {
            fn all() -> Vec<Self> {
                $all.to_vec()
            }

            fn as_str(self) -> &'static str {
                self.as_str()
            }

            $(fn unknown(text: &str) -> Broken {
                $unknown(text, &<Self as Words>::names())
            })?
        }

        $(#[$doc])*
        pub type $name = Word<$type>;
    )*};
}

lists! {
    /// What can be done to a booking.
    BookingActionName: booking::ActionName = booking::ActionName::ALL;
    /// Where a booking stands.
    BookingStatus: booking::Status = booking::Status::ALL;
    /// What became of a call that sent nothing on.
    CallOutcome: call::Outcome = call::Outcome::ALL;
    /// What a contact is worth.
    ContactStatus: sandbox::ContactStatus = sandbox::ContactStatus::ALL;
    /// What can be done to a conversation.
    ConversationActionName: conversation::ActionName = conversation::ActionName::ALL;
    /// Who changed a webhook.
    ChangedBy: webhook::ChangedBy = webhook::ChangedBy::ALL;
    /// Where a conversation stands.
    ConversationStatus: conversation::Status = conversation::Status::ALL;
    /// Where a delivery stands.
    DeliveryStatus: delivery::Status = delivery::Status::ALL;
    /// Why a webhook is disabled.
    DisableReason: webhook::DisableReason = [
        webhook::DisableReason::ByOwner,
        webhook::DisableReason::Gone,
        webhook::DisableReason::WindowExhausted,
    ];
    /// What holds the next try of a delivery.
    Hold: next::Hold = next::Hold::ALL;
    /// How a webhook does.
    HealthState: health::HealthState = health::HealthState::ALL;
    /// Who made a booking.
    MadeBy: booking::MadeBy = booking::MadeBy::ALL;
    /// What became of an event that was imported.
    ImportOutcome: import::Outcome = import::Outcome::ALL;
    /// What a machine that serves does.
    NodeRole: node::Role = node::Role::ALL;
    /// How a machine that serves does.
    NodeState: node::State = node::State::ALL;
    /// What a member may do.
    MemberRole: member::Role = member::Role::ALL;
    /// Where an event came from.
    Origin: event::Origin = [event::Origin::Platform, event::Origin::Sandbox, event::Origin::Sample];
    /// What kind of calendar a host has connected.
    ExternalCalendarType: sandbox::ExternalCalendarType = sandbox::ExternalCalendarType::ALL;
    /// A call that is made to fail.
    Fault: sandbox::Fault = sandbox::Fault::ALL;
    /// How an attempt ended.
    Outcome: attempt::Outcome = attempt::Outcome::ALL;
    /// The shape of what a sandbox rings with.
    PayloadStyle: account::PayloadStyle = [account::PayloadStyle::Current, account::PayloadStyle::Expanded];
    /// What an account pays for.
    Plan: sandbox::Plan = sandbox::Plan::ALL;
    /// Where a user's video calls take place.
    Provider: sandbox::Provider = sandbox::Provider::ALL;
    /// What all accounts share.
    Resource: usage::Resource = usage::Resource::ALL;
    /// Whether a captured delivery is signed as its webhook signs.
    SignatureCheck: inbox::SignatureCheck = inbox::SignatureCheck::ALL;
    /// How an account stands to its neighbours.
    Standing: neighbour::Standing = neighbour::Standing::ALL;
    /// How an answer looks to who reads about it.
    Tone: coach::Tone = [coach::Tone::Good, coach::Tone::Wait, coach::Tone::Bad];
    /// What happened.
    Trigger: trigger::Trigger = trigger::Trigger::ALL, super::subscription::unknown;
    /// What a webhook can subscribe to.
    Subscription: trigger::Subscription =
        trigger::Subscription::names().filter_map(trigger::Subscription::parse).collect::<Vec<_>>(),
        super::subscription::unknown;
    /// What a user may do.
    UserRole: Role = Role::ALL;
    /// Whether a user has come in.
    UserStatus: User = [User::Active, User::Invited];
    /// In what an event and a webhook are compared.
    WhyAspect: why::Aspect = why::Aspect::ALL;
    /// How far a step of an explanation came.
    WhyState: why::StageState = [why::StageState::Done, why::StageState::Stopped, why::StageState::NotReached];
    /// What an explanation comes to.
    WhyVerdict: why::Verdict = why::Verdict::ALL;
}
