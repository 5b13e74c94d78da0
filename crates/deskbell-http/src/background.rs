//! Background: what keeps a processor busy (passwords, signatures that are examined, large bodies and answers, reads of the store) is
//! done on threads that give way to those that serve. On few processors everybody's call would else wait for a part of it.

/// How nice they are, of 19: beside threads that serve, one gets a tenth of a processor, and all of one that nobody else wants.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lowers the priority of this thread, for good: it must be one that serves nobody. Where the system does not do it, the thread
/// works on like all others.
pub fn give_way() {
    // On Linux the priority is this thread's alone; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::turns::{Bounds, Turns};
    use deskbell_wire::problem::Problem;
    use std::time::Duration;

    fn nice() -> i32 {
        rustix::process::getpriority_process(None).expect("a priority")
    }

    #[tokio::test]
    async fn what_is_done_in_turn_gives_way_and_nothing_else_does() {
        let bounds = Bounds { at_once: 1, waiting_of_party: 1, waiting: 1, patience: Duration::MAX };
        let (own, turns) = (nice(), Turns::new(bounds, Problem::internal));
        let turn = turns.take("ACC-1").await.unwrap();
        assert_eq!(turn.work(nice).await.unwrap(), NICE.max(own));
        assert_eq!(nice(), own, "whoever serves goes on as before");
    }
}
