//! Abandons conversations whose visitors have left (wire contract, 6.2).

use deskbell_api::conversation::Conversations;
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
    loop {
        match abandon(&*store, &*clock, &conversations, after).await {
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

/// Abandons what was silent for longer than `after`; gives how many there were, each abandoned here or changed by
/// somebody else meanwhile.
async fn abandon(
    store: &dyn Store,
    clock: &dyn Clock,
    conversations: &Conversations,
    after: Duration,
) -> Result<u32, String> {
    let now = clock.now();
    let silent_since = now.checked_sub(after).map_err(|error| error.to_string())?;
    let silent = store.silent_conversations(silent_since, AT_ONCE).await;
    let silent = silent.map_err(|error| error.to_string())?;
    let found = u32::try_from(silent.len()).unwrap_or(u32::MAX);
    for mut conversation in silent {
        let id = conversation.id.clone();
        let Ok(rings) = conversation.abandon(now) else { continue };
        let saved = conversations.save(vec![(conversation, Some(rings))]).await;
        match saved.map_err(|problem| problem.message)? {
            ConversationsSaved::Saved => tracing::debug!(%id, "conversation abandoned"),
            ConversationsSaved::Changed | ConversationsSaved::IdTaken => {}
        }
    }
    Ok(found)
}
