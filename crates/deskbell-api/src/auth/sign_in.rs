//! Signing in: by the link of the start, with an e-mail address and a password, or by making an account of one's own.

use super::Sessions;
use super::enter_link::EnterLink;
use super::login_throttle::{LoginThrottle, Try};
use super::passwords::{Passwords, broken};
use crate::party::Party;
use crate::settings::Settings;
use axum::http::{HeaderMap, HeaderValue};
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{DeviceToken, Member, Password, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::AccountCreated;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::problem::Problem;
use std::net::IpAddr;
use std::sync::Arc;

/// Signs people in; each way gives the cookies of the session that begins.
pub struct SignIn {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sessions: Arc<Sessions>,
    settings: Arc<Settings>,
    link: EnterLink,
    passwords: Passwords,
    throttle: LoginThrottle,
}

impl SignIn {
    /// Signing in where `link` was printed, and nobody has tried yet.
    pub fn new(
        store: Arc<dyn Store>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        sessions: Arc<Sessions>,
        settings: Arc<Settings>,
        link: EnterLink,
    ) -> Self {
        Self {
            store,
            vault,
            clock,
            random,
            sessions,
            settings,
            link,
            passwords: Passwords::default(),
            throttle: LoginThrottle::default(),
        }
    }

    /// As the first account's owner, who has the token of the link.
    ///
    /// # Errors
    /// 403 when it is not the link's, or the link is too old.
    pub async fn by_link(&self, token: Option<&str>) -> Result<Vec<HeaderValue>, Problem> {
        let now = self.clock.now();
        if !token.is_some_and(|text| self.link.opens(text, &self.vault, now)) {
            let message = "This link is not the one that was printed at the last start, or it is older than an hour. \
                           Sign in, or start again for a new link.";
            return Err(Problem::forbidden("link_expired", message));
        }
        let first = self.store.first_account().await?.ok_or_else(Problem::internal)?;
        let owner = Member {
            id: MemberId::new(&*self.random),
            account: first.id,
            email: None,
            password: None,
            role: Role::Owner,
            created: now,
        };
        let owner = self.store.owner_or(owner).await?;
        // No password was given: the browser is not known by it.
        Ok(vec![self.sessions.begin(&owner, "link").await?])
    }

    /// As the member who has this e-mail address and this password; `headers` may show that their browser is known.
    ///
    /// # Errors
    /// 403 when nobody has, 429 after too many tries.
    pub async fn with_password(
        &self,
        address: Option<IpAddr>,
        headers: &HeaderMap,
        email: &str,
        password: &str,
    ) -> Result<Vec<HeaderValue>, Problem> {
        let member = self.store.member_by_email(email.trim()).await?;
        let device = member.as_ref().and_then(|member| self.sessions.device(headers, member));
        self.check_try(&Try { address, email, device: device.as_ref() })?;
        let wrong = || {
            let message = "No member has this e-mail address and this password.";
            Problem::forbidden("sign_in_refused", message)
        };
        // What cannot be a password is nobody's: whose address it came with makes no difference.
        let password = Password::new(password.to_owned()).map_err(|_| wrong())?;
        let stored = member.as_ref().and_then(|member| member.password.clone());
        let matches = self.passwords.matches(Party::at(address), stored, password).await?;
        match member.filter(|_| matches) {
            Some(member) => self.begin(&member, device.as_ref(), "password").await,
            None => {
                tracing::warn!(target: "audit", "a sign-in was refused");
                Err(wrong())
            }
        }
    }

    /// Refuses to make accounts where the operator turned that off.
    ///
    /// # Errors
    /// 403.
    pub fn check_sign_up(&self) -> Result<(), Problem> {
        if self.settings.sign_up {
            return Ok(());
        }
        let message = "Sign-up is turned off here. Whoever runs this instance can make an account for you.";
        Err(Problem::forbidden("sign_up_off", message))
    }

    /// As the owner of a new account with a sandbox.
    ///
    /// # Errors
    /// 422 for an e-mail address or password that breaks its rule, 409 for one that is taken, 429 after too many tries.
    pub async fn sign_up(
        &self,
        address: Option<IpAddr>,
        email: &str,
        password: &str,
    ) -> Result<Vec<HeaderValue>, Problem> {
        check_email(email)?;
        let password = Password::new(password.to_owned()).map_err(broken)?;
        self.check_try(&Try { address, email, device: None })?;
        let hash = self.hash(Party::at(address), password, email).await?;
        let (random, now) = (&*self.random, self.clock.now());
        let id = AccountId::new(random);
        let account = Account {
            id: id.clone(),
            email: email.to_owned(),
            created: now,
            payload_style: PayloadStyle::default(),
            operator: false,
        };
        let owner = Member {
            id: MemberId::new(random),
            account: id.clone(),
            email: Some(email.to_owned()),
            password: Some(hash),
            role: Role::Owner,
            created: now,
        };
        match self.store.sign_up(account, Sandbox::new(&id, random, now), owner.clone()).await? {
            AccountCreated::Created => self.begin(&owner, None, "sign-up").await,
            AccountCreated::EmailTaken => Err(email_taken()),
        }
    }

    /// What is stored of a new password of a member, beside `email`. Whoever is signed in is counted by who they are, not by what
    /// they type.
    ///
    /// # Errors
    /// 422 for an e-mail address or password that breaks its rule, 429 after too many tries, 503 when too many are hashed at once.
    pub async fn new_password(
        &self,
        member: &Member,
        email: &str,
        password: &str,
    ) -> Result<PasswordHash, Problem> {
        check_email(email)?;
        let password = Password::new(password.to_owned()).map_err(broken)?;
        self.check_try(&Try { address: None, email: member.id.as_str(), device: None })?;
        self.hash(Party::Account(member.account.clone()), password, email).await
    }

    /// Begins a session of `member`, who gave their password in a browser that may be `known`, and is known from now on.
    async fn begin(
        &self,
        member: &Member,
        known: Option<&DeviceToken>,
        by: &str,
    ) -> Result<Vec<HeaderValue>, Problem> {
        let session = self.sessions.begin(member, by).await?;
        Ok([session].into_iter().chain(self.sessions.know(member, known)).collect())
    }

    fn check_try(&self, tried: &Try<'_>) -> Result<(), Problem> {
        self.throttle.check(&self.vault, tried, self.settings.loopback_exempt)
    }

    async fn hash(&self, party: Party, password: Password, email: &str) -> Result<PasswordHash, Problem> {
        self.passwords.hash(party, password, email.to_owned(), Arc::clone(&self.random)).await
    }
}

fn check_email(email: &str) -> Result<(), Problem> {
    if is_email(email) {
        return Ok(());
    }
    let message = "An e-mail address has a name, an @ and a host, and at most 254 characters, each of which can be seen.";
    Err(Problem::unprocessable("email", "email_invalid", message))
}

/// The refusal of an address that somebody else signs in with.
pub fn email_taken() -> Problem {
    Problem::conflict("email", "email_taken", "This e-mail address is in use already. Sign in with it.")
}
