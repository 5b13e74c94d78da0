//! `expand` of bookings (wire contract, 9.3).

use crate::conversation::Expanded;
use crate::parameters::expands;
use crate::reference::Target;

expands! {
    /// What bookings are shown with.
    BookingExpand:
        " `owner` (or `user`), `contact`, `conversation`, `booking_page`, `master_page`, `event_type`, `booking_calendar`; `conversation.contact` and likewise `owner`, `bot`, `website` and `audience` of a conversation; `actions` (an addition). With commas, and with or without `data.` before each.";
    /// Its host in full.
    owner = "owner", "user";
    /// Its guest in full.
    contact = "contact";
    /// The conversation it was made in, in full.
    conversation = "conversation";
    /// The visitor of that.
    conversation_contact = "conversation.contact";
    /// The user who owns the visitor's contact.
    conversation_owner = "conversation.owner";
    /// The chatbot of that.
    conversation_bot = "conversation.bot";
    /// The website of that.
    conversation_website = "conversation.website";
    /// The audience of that.
    conversation_audience = "conversation.audience";
    /// The booking page it was made on, in full.
    booking_page = "booking_page";
    /// The master page it was made on, in full.
    master_page = "master_page";
    /// Its event type in full.
    event_type = "event_type";
    /// Its calendar in full.
    booking_calendar = "booking_calendar";
    /// What can be done to it, too.
    actions = "actions";
}

impl BookingExpand {
    /// How the conversation it was made in is shown, if it is: whoever asks for what that names asks for it, too.
    pub fn made_in(&self) -> Option<Expanded> {
        let expanded = Expanded {
            contact: Target::when(self.conversation_contact()),
            owner: Target::when(self.conversation_owner()),
            bot: Target::when(self.conversation_bot()),
            website: Target::when(self.conversation_website()),
            audience: Target::when(self.conversation_audience()),
        };
        let asked = self.conversation() || expanded != Expanded::default();
        asked.then_some(expanded)
    }
}
