//! A conversation of an imported event: what it is about, or what its booking was made in.

use super::Head;
use super::ground::Ground;
use super::people::{ToldBot, ToldContact, ToldUser, ToldWebsite};
use super::reading::{Maybe, Named, Said, Their, given, named, said};
use crate::conversation::payload;
use crate::problem::Problem;
use crate::time::GivenTime;
use crate::word;
use deskbell_core::Timestamp;
use deskbell_core::account::PayloadStyle;
use deskbell_core::conversation::{Audience, Conversation, ConversationAnswer};
use deskbell_core::id::{AnswerId, AudienceId, BookingId, BotId, ConversationId, UserId, WebsiteId};
use deskbell_core::import::{Import, stand_in};
use deskbell_core::imported::Imported;
use deskbell_core::sandbox::{Bot, Contact, Object, User, Website};
use serde::Deserialize;

/// A conversation as an event tells of it (wire contract, 6.1).
#[derive(Debug, Deserialize)]
pub(super) struct ToldConversation {
    pub(super) object: String,
    pub(super) id: Their<ConversationId>,
    creation_time: GivenTime,
    last_updated_time: Maybe<GivenTime>,
    last_interacted_time: Maybe<GivenTime>,
    contact: Named,
    owner: Option<Named>,
    status: word::ConversationStatus,
    bot: Option<Named>,
    website: Option<Named>,
    audience: Option<Named>,
    answers: Option<Vec<ToldAnswer>>,
    bookings: Option<Vec<Their<BookingId>>>,
}

#[derive(Debug, Deserialize)]
struct ToldAnswer {
    id: Their<AnswerId>,
    internal_label: Said,
    question: Said,
    value: Said,
}

#[derive(Debug, Deserialize)]
struct ToldAudience {
    id: Their<AudienceId>,
    name: Said,
}

impl ToldConversation {
    /// What of it comes into the sandbox.
    ///
    /// # Errors
    /// What is wrong with it, or with what the sandbox has already.
    pub(super) fn import(&self, head: &Head, ground: &Ground) -> Result<Import, Problem> {
        let mut new = Vec::new();
        let at = given(&self.last_updated_time).map_or(head.created, |time| time.0);
        let owner = match self.owner("data")? {
            Some(told) => ground.user(told.user(None), "data.owner", &mut new)?,
            None => ground.sandbox.users.first().cloned().ok_or_else(|| Problem::required("data.owner"))?,
        };
        let visitor = self.visitor("data", &owner.id, at, None)?;
        let id = ground.contact(visitor.clone(), &mut new);
        let visitor = Contact { id, ..visitor };
        let conversation = self.conversation("data", ground, visitor, owner, &mut new)?;
        let conversation = as_it_came(conversation, Some(head.data.get()), ground.now);
        Ok(Import { objects: new, conversation: Some(conversation), booking: None })
    }

    /// The visitor as the conversation names it, with what is known of it from elsewhere.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn visitor(
        &self,
        place: &str,
        owner: &UserId,
        at: Timestamp,
        known: Option<&Contact>,
    ) -> Result<Contact, Problem> {
        let told: ToldContact = self.contact.read(&format!("{place}.contact"))?;
        let contact = told.contact(owner, at);
        Ok(match known.filter(|_| !self.contact.is_object()) {
            Some(known) => Contact { id: contact.id, ..known.clone() },
            None => contact,
        })
    }

    /// The owner, if it names one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn owner(&self, place: &str) -> Result<Option<ToldUser>, Problem> {
        named(&self.owner).map(|owner| owner.read(&format!("{place}.owner"))).transpose()
    }

    fn audience(&self, place: &str) -> Result<Option<Audience>, Problem> {
        let told = named(&self.audience).map(|told| told.read::<ToldAudience>(&format!("{place}.audience")));
        let audience = |told: ToldAudience| Audience {
            name: said(&told.name).unwrap_or_else(|| told.id.0.to_string()),
            id: told.id.0,
        };
        Ok(told.transpose()?.map(audience))
    }

    /// The conversation in the sandbox, where `visitor` talks, whom `owner` owns. Its bot and website are among the `new`
    /// objects; one that the event leaves out is stood in for, and is in no list.
    ///
    /// # Errors
    /// What is wrong with what stands at `place`.
    pub(super) fn conversation(
        &self,
        place: &str,
        ground: &Ground,
        visitor: Contact,
        owner: User,
        new: &mut Vec<Object>,
    ) -> Result<Conversation, Problem> {
        let tail = stand_in(self.id.0.as_str());
        let bot = match named(&self.bot) {
            Some(named) => {
                let bot = Bot::from(named.read::<ToldBot>(&format!("{place}.bot"))?);
                new.push(bot.clone().into());
                bot
            }
            None => Bot { id: BotId::from_text(format!("{}{tail}", BotId::PREFIX)), name: "Bot".into() },
        };
        let website = match named(&self.website) {
            Some(named) => {
                let website = Website::from(named.read::<ToldWebsite>(&format!("{place}.website"))?);
                new.push(website.clone().into());
                website
            }
            None => Website {
                id: WebsiteId::from_text(format!("{}{tail}", WebsiteId::PREFIX)),
                name: "Website".into(),
                url: String::new(),
            },
        };
        let created = self.creation_time.0;
        let updated = given(&self.last_updated_time).map_or(created, |time| time.0);
        let answer = |told: &ToldAnswer| ConversationAnswer {
            id: told.id.0.clone(),
            internal_label: said(&told.internal_label),
            question: said(&told.question).unwrap_or_default(),
            value: said(&told.value).unwrap_or_default(),
        };
        Ok(Conversation {
            id: self.id.0.clone(),
            account: ground.account.clone(),
            status: self.status.0,
            created,
            last_interacted: given(&self.last_interacted_time).map_or(updated, |time| time.0),
            updated,
            contact: visitor,
            owner,
            bot,
            website,
            answers: self.answers.iter().flatten().map(answer).collect(),
            bookings: self.bookings.iter().flatten().map(|booking| booking.0.clone()).collect(),
            audience: self.audience(place)?,
            imported: None,
            revision: 0,
        })
    }
}

/// The conversation in the form of `data`; without it, as we write it.
pub(super) fn as_it_came(conversation: Conversation, data: Option<&str>, now: Timestamp) -> Conversation {
    let written = payload(&conversation).get().to_owned();
    let data = data.unwrap_or(&written).to_owned();
    let imported = Imported { at: now, data, written, style: PayloadStyle::Current };
    Conversation { imported: Some(Box::new(imported)), ..conversation }
}
