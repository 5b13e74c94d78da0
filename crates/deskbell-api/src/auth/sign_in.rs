//! Signing in: by the link of the start, with an e-mail address and a password, or by making an account of one's own.

use super::Sessions;
use super::enter_link::EnterLink;
use super::login_throttle::LoginThrottle;
use super::passwords::Passwords;
use crate::settings::Settings;
use axum::http::HeaderValue;
use deskbell_core::account::{Account, PayloadStyle, is_email};
use deskbell_core::id::{AccountId, MemberId};
use deskbell_core::member::{Member, Password, PasswordHash, Role};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::AccountCreated;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_wire::problem::Problem;
use std::net::IpAddr;
use std::sync::Arc;

/// Signs people in; each way gives the cookie of the session that begins.
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
    pub async fn by_link(&self, token: Option<&str>) -> Result<HeaderValue, Problem> {
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
        self.sessions.begin(&owner, "link").await
    }

    /// As the member who has this e-mail address and this password.
    ///
    /// # Errors
    /// 403 when nobody has, 429 after too many tries.
    pub async fn with_password(
        &self,
        address: Option<IpAddr>,
        email: &str,
        password: &str,
    ) -> Result<HeaderValue, Problem> {
        self.throttle.check(&self.vault, address, email, self.settings.loopback_exempt)?;
        let wrong = || {
            let message = "No member has this e-mail address and this password.";
            Problem::forbidden("sign_in_refused", message)
        };
        // What cannot be a password is nobody's: whose address it came with makes no difference.
        let password = Password::new(password.to_owned()).map_err(|_| wrong())?;
        let member = self.store.member_by_email(email.trim()).await?;
        let stored = member.as_ref().and_then(|member| member.password.clone());
        let matches = self.passwords.matches(stored, password).await?;
        match member.filter(|_| matches) {
            Some(member) => self.sessions.begin(&member, "password").await,
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
    ) -> Result<HeaderValue, Problem> {
        let (email, password) = checked(email, password)?;
        self.throttle.check(&self.vault, address, &email, self.settings.loopback_exempt)?;
        let hash = self.hash(password).await?;
        let (random, now) = (&*self.random, self.clock.now());
        let id = AccountId::new(random);
        let account = Account {
            id: id.clone(),
            email: email.clone(),
            created: now,
            payload_style: PayloadStyle::default(),
            operator: false,
        };
        let owner = Member {
            id: MemberId::new(random),
            account: id.clone(),
            email: Some(email),
            password: Some(hash),
            role: Role::Owner,
            created: now,
        };
        match self.store.sign_up(account, Sandbox::new(&id, random, now), owner.clone()).await? {
            AccountCreated::Created => self.sessions.begin(&owner, "sign-up").await,
            AccountCreated::EmailTaken => Err(email_taken()),
        }
    }

    /// What is stored of a new password of a member. Whoever is signed in is counted by who they are, not by what they type.
    ///
    /// # Errors
    /// 429 after too many tries, 503 when too many are hashed at once.
    pub async fn new_password(&self, member: &MemberId, password: Password) -> Result<PasswordHash, Problem> {
        self.throttle.check(&self.vault, None, member.as_str(), true)?;
        self.hash(password).await
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, Problem> {
        self.passwords.hash(password, Arc::clone(&self.random)).await
    }
}

/// An address and a password as they may be; the refusal names the field and the rule.
///
/// # Errors
/// 422 for the first of the two that breaks its rule.
pub fn checked(email: &str, password: &str) -> Result<(String, Password), Problem> {
    if !is_email(email) {
        let message = "An e-mail address has a name, an @ and a host, and at most 254 characters.";
        return Err(Problem::unprocessable("email", "email_invalid", message));
    }
    let password = Password::new(password.to_owned())
        .map_err(|rule| Problem::unprocessable("password", "password_invalid", rule.to_string()))?;
    Ok((email.to_owned(), password))
}

/// The refusal of an address that somebody else signs in with.
pub fn email_taken() -> Problem {
    Problem::conflict("email", "email_taken", "This e-mail address is in use already. Sign in with it.")
}
