//! The pause of a store that was restored. How one comes to be restored is a store's own.

use crate::given::Shared;
use deskbell_core::time::from_millis;

pub(crate) async fn what_was_not_restored_is_not_paused(store: Shared) {
    assert_eq!(store.paused().await.unwrap(), None);
    assert_eq!(store.condition(from_millis(0)).await.unwrap().paused, None);
    assert!(!store.resume().await.unwrap());
}
