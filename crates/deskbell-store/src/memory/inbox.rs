//! Inboxes and what they captured, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, CaptureId, InboxId};
use deskbell_core::inbox::{Capture, Inbox, Script};
use deskbell_core::store::{Captured, InboxCreated, Inboxes, Listing, Page, Result};

impl State {
    fn inbox(&self, account: &AccountId, id: &InboxId) -> Option<&Inbox> {
        self.inboxes.get(id.as_str()).filter(|inbox| inbox.account == *account)
    }

    fn remove_inbox(&mut self, id: &InboxId) -> bool {
        self.captures.remove(id);
        self.inboxes.remove(id.as_str()).is_some()
    }
}

#[async_trait]
impl Inboxes for MemoryStore {
    async fn create_inbox(&self, inbox: Inbox, max: u32) -> Result<InboxCreated> {
        let mut state = self.lock();
        let live = |other: &&Inbox| other.account == inbox.account && other.expires > inbox.created;
        if state.inboxes.all().filter(live).count() >= max as usize {
            return Ok(InboxCreated::TooMany);
        }
        if state.inboxes.all().any(|other| other.token == inbox.token) {
            return Err(id_taken("of the address"));
        }
        let id = inbox.id.clone();
        state.inboxes.add(id.as_str(), inbox).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(InboxCreated::Created)
    }

    async fn inbox(&self, account: &AccountId, id: &InboxId) -> Result<Option<Inbox>> {
        Ok(self.lock().inbox(account, id).cloned())
    }

    async fn inboxes(&self, account: &AccountId, page: &Page) -> Result<Listing<Inbox>> {
        self.lock().inboxes.page(page, |inbox| inbox.account == *account, |_| true)
    }

    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        name: Option<String>,
        script: Option<Script>,
    ) -> Result<Option<Inbox>> {
        let mut state = self.lock();
        let inbox = state.inboxes.get_mut(id.as_str()).filter(|inbox| inbox.account == *account);
        Ok(inbox.map(|inbox| {
            if let Some(name) = name {
                inbox.name = name;
            }
            if let Some(script) = script {
                inbox.script = script;
                inbox.script_from = inbox.captured;
            }
            inbox.clone()
        }))
    }

    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> Result<bool> {
        let mut state = self.lock();
        Ok(state.inbox(account, id).is_some() && state.remove_inbox(id))
    }

    async fn capture(
        &self,
        token: &str,
        mut capture: Capture,
        keep: u32,
        per_minute: u32,
    ) -> Result<Captured> {
        let mut state = self.lock();
        let Some(mut inbox) = state.inboxes.all().find(|inbox| inbox.token == token).cloned() else {
            return Ok(Captured::Unknown);
        };
        if capture.received >= inbox.expires {
            return Ok(Captured::Expired);
        }
        if !inbox.minute.take(capture.received, per_minute) {
            return Ok(Captured::TooFast);
        }
        let answer = inbox.script.answer(inbox.captured.saturating_sub(inbox.script_from));
        inbox.captured += 1;
        capture.inbox = inbox.id.clone();
        capture.number = inbox.captured;
        capture.answered = if inbox.relay { 0 } else { answer.status };
        let relay = inbox.relay;
        let kept = state.captures.entry(inbox.id.clone()).or_default();
        kept.add(capture.id.as_str(), capture.clone()).ok_or_else(|| id_taken(capture.id.as_str()))?;
        let over = kept.len().saturating_sub(keep as usize);
        let over: Vec<CaptureId> = kept.all().take(over).map(|old| old.id.clone()).collect();
        for id in over {
            kept.remove(id.as_str());
        }
        let id = inbox.id.clone();
        state.captured.push((id.clone(), capture.id.clone()));
        if let Some(kept) = state.inboxes.get_mut(id.as_str()) {
            *kept = inbox;
        }
        let capture = Box::new(capture);
        Ok(if relay { Captured::Held(capture) } else { Captured::Stored(capture, answer) })
    }

    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()> {
        let mut state = self.lock();
        let capture = state.captures.get_mut(inbox).and_then(|kept| kept.get_mut(id.as_str()));
        if let Some(capture) = capture {
            capture.answered = status;
        }
        Ok(())
    }

    async fn captured(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
    ) -> Result<Option<Capture>> {
        let state = self.lock();
        let Some(_) = state.inbox(account, inbox) else { return Ok(None) };
        Ok(state.captures.get(inbox).and_then(|kept| kept.get(id.as_str())).cloned())
    }

    async fn captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        page: &Page,
    ) -> Result<Option<Listing<Capture>>> {
        let mut state = self.lock();
        let Some(_) = state.inbox(account, inbox) else { return Ok(None) };
        state.captures.entry(inbox.clone()).or_default().page(page, |_| true, |_| true).map(Some)
    }

    async fn delete_captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: Option<&CaptureId>,
    ) -> Result<Option<u64>> {
        let mut state = self.lock();
        let Some(_) = state.inbox(account, inbox) else { return Ok(None) };
        let kept = state.captures.entry(inbox.clone()).or_default();
        let gone: Vec<CaptureId> = kept
            .all()
            .map(|capture| capture.id.clone())
            .filter(|capture| id.is_none_or(|id| id == capture))
            .collect();
        Ok(Some(gone.iter().filter_map(|id| kept.remove(id.as_str())).count() as u64))
    }

    async fn sweep_inboxes(&self, before: Timestamp) -> Result<u64> {
        let mut state = self.lock();
        let gone: Vec<InboxId> = state
            .inboxes
            .all()
            .filter(|inbox| inbox.expires < before)
            .map(|inbox| inbox.id.clone())
            .collect();
        Ok(gone.iter().filter(|id| state.remove_inbox(id)).count() as u64)
    }
}
