//! Abandons conversations whose visitors have left (wire contract, 6.2).

use super::aside::Aside;
use deskbell_api::conversation::Conversations;
use deskbell_api::trace::Traced;
use deskbell_core::id::ConversationId;
use deskbell_core::store::ConversationsSaved;
use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;

/// Conversations of one look.
const AT_ONCE: u32 = 100;

/// Looks again and again, until it is dropped. Several may do so at a time, here or in other processes: a conversation is
/// stored over the revision it was read at, so it is abandoned once.
pub async fn run(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    conversations: Arc<Conversations>,
    after: Duration,
) {
    let pause = (after / 10).clamp(Duration::from_millis(100), Duration::from_secs(5));
    let mut aside = Aside::new();
    loop {
        aside.renew();
        match abandon(&*store, &*clock, &conversations, after, &mut aside).await {
            // There may be more.
            Ok(AT_ONCE..) => {}
            Ok(_) => tokio::time::sleep(pause).await,
            Err(error) => {
                tracing::warn!(%error, "silent conversations could not be abandoned");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// Abandons what was silent for longer than `after`, each for itself; gives how many were looked at, each abandoned here, changed
/// by somebody else meanwhile, or put aside.
async fn abandon(
    store: &dyn Store,
    clock: &dyn Clock,
    conversations: &Conversations,
    after: Duration,
    aside: &mut Aside<ConversationId>,
) -> Result<u32, String> {
    let now = clock.now();
    let silent_since = now.checked_sub(after).map_err(|error| error.to_string())?;
    let silent = store.silent_conversations(silent_since, AT_ONCE.saturating_add(aside.count())).await;
    let mut silent = silent.map_err(|error| error.to_string())?;
    silent.retain(|conversation| !aside.has(&conversation.id));
    let found = u32::try_from(silent.len()).unwrap_or(u32::MAX);
    for mut conversation in silent {
        let id = conversation.id.clone();
        let Ok(rings) = conversation.abandon(now) else { continue };
        match conversations.save(vec![(conversation, Some(rings))], &Traced::default()).await {
            Ok(ConversationsSaved::Saved) => tracing::debug!(%id, "conversation abandoned"),
            Ok(ConversationsSaved::Changed | ConversationsSaved::IdTaken) => {}
            Err(problem) if problem.is_internal() => {
                tracing::error!(%id, "this conversation cannot be abandoned: what it needs cannot be read");
                aside.put(id);
            }
            Err(problem) => return Err(problem.message),
        }
    }
    Ok(found)
}
