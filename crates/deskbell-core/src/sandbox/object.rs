//! One object of a sandbox, of any kind: what the store keeps, lists and changes one by one.

use super::{
    BookingPage, Bot, Calendar, Contact, EventType, MasterPage, Sandbox, Settings, Team, User, Website,
};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A user, who hosts.
    User,
    /// A booking calendar.
    Calendar,
    /// A team of users.
    Team,
    /// A contact: a guest or visitor.
    Contact,
    /// A chatbot that visitors talk to.
    Bot,
    /// A website a chatbot sits on.
    Website,
    /// What the tester decided; an account has one.
    Settings,
    /// A master page, which leads to booking pages.
    MasterPage,
    /// An event type, which booking pages offer.
    EventType,
    /// A booking page.
    BookingPage,
}

impl ObjectKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Calendar,
        Self::Team,
        Self::Contact,
        Self::Bot,
        Self::Website,
        Self::Settings,
        Self::MasterPage,
        Self::EventType,
        Self::BookingPage,
    ];

    /// The name a store keeps it under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Calendar => "calendar",
            Self::Team => "team",
            Self::Contact => "contact",
            Self::Bot => "bot",
            Self::Website => "website",
            Self::Settings => "settings",
            Self::MasterPage => "master_page",
            Self::EventType => "event_type",
            Self::BookingPage => "booking_page",
        }
    }
}

/// One object of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "objects are handled one at a time")]
pub enum Object {
    /// A user, who hosts.
    User(User),
    /// A booking calendar.
    Calendar(Calendar),
    /// A team of users.
    Team(Team),
    /// A contact: a guest or visitor.
    Contact(Contact),
    /// A chatbot that visitors talk to.
    Bot(Bot),
    /// A website a chatbot sits on.
    Website(Website),
    /// What the tester decided; an account has one.
    Settings(Settings),
    /// A master page, which leads to booking pages.
    MasterPage(MasterPage),
    /// An event type, which booking pages offer.
    EventType(EventType),
    /// A booking page.
    BookingPage(BookingPage),
}

impl Object {
    /// What it is.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::User(_) => ObjectKind::User,
            Self::Calendar(_) => ObjectKind::Calendar,
            Self::Team(_) => ObjectKind::Team,
            Self::Contact(_) => ObjectKind::Contact,
            Self::Bot(_) => ObjectKind::Bot,
            Self::Website(_) => ObjectKind::Website,
            Self::Settings(_) => ObjectKind::Settings,
            Self::MasterPage(_) => ObjectKind::MasterPage,
            Self::EventType(_) => ObjectKind::EventType,
            Self::BookingPage(_) => ObjectKind::BookingPage,
        }
    }

    /// Its id, unique among the objects of its kind.
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) => user.id.as_str(),
            Self::Calendar(calendar) => calendar.id.as_str(),
            Self::Team(team) => team.id.as_str(),
            Self::Contact(contact) => contact.id.as_str(),
            Self::Bot(bot) => bot.id.as_str(),
            Self::Website(website) => website.id.as_str(),
            Self::Settings(_) => Settings::ID,
            Self::MasterPage(page) => page.id.as_str(),
            Self::EventType(kind) => kind.id.as_str(),
            Self::BookingPage(page) => page.id.as_str(),
        }
    }
}

/// A noun of the sandbox: knows its kind, and the way into an [`Object`] and out of it.
pub trait Noun: Into<Object> + Clone + PartialEq + Send {
    /// The kind of its objects.
    const KIND: ObjectKind;

    /// The noun in `object`; `None` when it is of another kind.
    fn of(object: Object) -> Option<Self>;
}

macro_rules! nouns {
    ($($noun:ident, $field:ident;)*) => {
        $(
            impl From<$noun> for Object {
                fn from(noun: $noun) -> Self {
                    Self::$noun(noun)
                }
            }

            impl Noun for $noun {
                const KIND: ObjectKind = ObjectKind::$noun;

                fn of(object: Object) -> Option<Self> {
                    match object {
                        Object::$noun(noun) => Some(noun),
                        _ => None,
                    }
                }
            }
        )*

        impl Sandbox {
            /// All objects; those of a kind are in their order.
            pub fn into_objects(self) -> Vec<Object> {
                let mut objects = Vec::new();
                $(objects.extend(self.$field.into_iter().map(Object::from));)*
                objects
            }

            /// The sandbox of `objects`, each kind in the order it comes.
            pub fn of(objects: impl IntoIterator<Item = Object>) -> Self {
                let mut sandbox = Self::default();
                for object in objects {
                    match object {
                        $(Object::$noun(noun) => sandbox.$field.push(noun),)*
                    }
                }
                sandbox
            }
        }
    };
}

nouns! {
    User, users;
    Calendar, calendars;
    Team, teams;
    Contact, contacts;
    Bot, bots;
    Website, websites;
    Settings, settings;
    MasterPage, master_pages;
    EventType, event_types;
    BookingPage, booking_pages;
}
