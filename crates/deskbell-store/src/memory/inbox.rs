//! Inboxes and what they captured, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, CaptureId, EventId, InboxId};
use deskbell_core::inbox::{Capture, Inbox, InboxChange};
use deskbell_core::policy::limit::is_reached;
use deskbell_core::store::{Captured, InboxCreated, Inboxes, Keep, Listing, Page, Result, Weight};

impl State {
    fn inbox(&self, account: &AccountId, id: &InboxId) -> Option<&Inbox> {
        self.inboxes.get(id.as_str()).filter(|inbox| inbox.account == *account)
    }

    /// Keeps a capture, and drops the oldest past `keep`.
    fn add_capture(&mut self, account: &AccountId, capture: &Capture, keep: Keep) -> Result<()> {
        let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
        let kept = self.captures.entry(inbox.clone()).or_default();
        kept.add(id.as_str(), capture.clone()).ok_or_else(|| id_taken(id.as_str()))?;
        let over = kept.len().saturating_sub(keep.requests as usize);
        let over: Vec<CaptureId> = kept.all().take(over).map(|old| old.id.clone()).collect();
        for id in over {
            kept.remove(id.as_str());
        }
        self.captured.push((inbox, id));
        for _ in 0..Keep::GIVEN_UP_AT_ONCE {
            if !self.give_up(account, keep.account_bytes) {
                break;
            }
        }
        Ok(())
    }

    /// Gives up one request of the account's, if they have more bytes than that.
    fn give_up(&mut self, account: &AccountId, most: u64) -> bool {
        let bytes = |inbox: &Inbox| {
            self.captures.get(&inbox.id).map_or(0, |kept| kept.all().map(Weight::bytes).sum::<usize>())
        };
        let ours = self.inboxes.all().filter(|inbox| inbox.account == *account);
        let kept: Vec<(usize, InboxId)> = ours.map(|inbox| (bytes(inbox), inbox.id.clone())).collect();
        if kept.iter().map(|(bytes, _)| *bytes as u64).sum::<u64>() <= most {
            return false;
        }
        let largest = kept.into_iter().max_by_key(|(bytes, _)| *bytes).map(|(_, inbox)| inbox);
        let kept = largest.and_then(|inbox| self.captures.get_mut(&inbox));
        let oldest = kept.as_ref().and_then(|kept| kept.all().next()).map(|oldest| oldest.id.clone());
        kept.zip(oldest).is_some_and(|(kept, oldest)| kept.remove(oldest.as_str()).is_some())
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
        let live = |other: &&Inbox| other.account == inbox.account && other.is_live(inbox.created);
        if is_reached(state.inboxes.all().filter(live).count() as u64, max) {
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

    async fn inbox_of_token(&self, token: &str) -> Result<Option<Inbox>> {
        Ok(self.lock().inboxes.all().find(|inbox| inbox.token == token).cloned())
    }

    async fn inboxes(&self, account: &AccountId, page: &Page) -> Result<Listing<Inbox>> {
        self.lock().inboxes.page(page, |inbox| inbox.account == *account, |_| true)
    }

    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        change: InboxChange,
    ) -> Result<Option<Inbox>> {
        let mut state = self.lock();
        let inbox = state.inboxes.get_mut(id.as_str()).filter(|inbox| inbox.account == *account);
        Ok(inbox.map(|inbox| {
            inbox.change(change);
            inbox.clone()
        }))
    }

    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> Result<bool> {
        let mut state = self.lock();
        Ok(state.inbox(account, id).is_some() && state.remove_inbox(id))
    }

    async fn capture(
        &self,
        account: &AccountId,
        token: &str,
        request: Capture,
        keep: Keep,
        per_minute: u32,
    ) -> Result<Captured> {
        let mut state = self.lock();
        let addressed = |inbox: &&Inbox| inbox.token == token && inbox.account == *account;
        let Some(mut inbox) = state.inboxes.all().find(addressed).cloned() else {
            return Ok(Captured::Unknown);
        };
        let captured = inbox.capture(request, per_minute);
        if let Some(capture) = captured.stored() {
            state.add_capture(&inbox.account, capture, keep)?;
            state.inboxes.replace(inbox.id.clone().as_str(), inbox);
        }
        Ok(captured)
    }

    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()> {
        let mut state = self.lock();
        let capture = state.captures.get_mut(inbox).and_then(|kept| kept.get_mut(id.as_str()));
        if let Some(capture) = capture {
            capture.answered = status;
        }
        Ok(())
    }

    async fn note_capture(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
        note: Option<&str>,
    ) -> Result<Option<Capture>> {
        let mut state = self.lock();
        let Some(_) = state.inbox(account, inbox) else { return Ok(None) };
        let capture = state.captures.get_mut(inbox).and_then(|kept| kept.get_mut(id.as_str()));
        Ok(capture.map(|capture| {
            capture.note = note.map(str::to_owned);
            capture.clone()
        }))
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

    async fn captures_of(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        event: &EventId,
        page: &Page,
    ) -> Result<Option<Listing<Capture>>> {
        let mut state = self.lock();
        let Some(_) = state.inbox(account, inbox) else { return Ok(None) };
        let kept = state.captures.entry(inbox.clone()).or_default();
        kept.page(page, |capture| capture.event.as_ref() == Some(event), |_| true).map(Some)
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
