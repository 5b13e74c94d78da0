//! Background: what keeps a processor busy (passwords, signatures that are examined, large bodies and answers, reads of the store) is
//! done on threads that give way to those that serve, and on half of the processors. Whoever wakes up on a processor that is busy waits for
//! some milliseconds until it has that, however low the priority of what runs there.

/// How nice they are, of 19: beside threads that serve, one gets a tenth of a processor, and all of one that nobody else wants.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lowers the priority of this thread and keeps it to half of the processors, for good: it must be one that serves nobody. Where the system
/// does not do it, the thread works on like all others.
pub fn give_way() {
    // On Linux the priority is this thread's alone; elsewhere it would be the whole process's.
    #[cfg(target_os = "linux")]
    {
        let _ = rustix::process::setpriority_process(None, NICE);
        let _ = processors::keep_to_half();
    }
}

#[cfg(target_os = "linux")]
mod processors {
    use rustix::io::Result;
    use rustix::process::getpid;
    use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

    /// Keeps this thread to the last half of what the process may use, if that is more than one processor.
    pub(super) fn keep_to_half() -> Result<()> {
        // Those of the first thread, which is kept to none.
        let all = of(Some(getpid()))?;
        let (_, last) = all.split_at(all.len() - all.len() / 2);
        if last.is_empty() {
            return Ok(());
        }
        let mut set = CpuSet::new();
        last.iter().for_each(|number| set.set(*number));
        sched_setaffinity(None, &set)
    }

    /// The processors that a thread may use, or this one.
    pub(super) fn of(thread: Option<Pid>) -> Result<Vec<usize>> {
        let set = sched_getaffinity(thread)?;
        Ok((0..CpuSet::MAX_CPU).filter(|number| set.is_set(*number)).collect())
    }
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

    fn processors() -> Vec<usize> {
        processors::of(None).expect("processors")
    }

    #[tokio::test]
    async fn what_is_done_in_turn_gives_way_and_nothing_else_does() {
        let bounds = Bounds { at_once: 1, waiting_of_party: 1, waiting: 1, patience: Duration::MAX };
        let (own, all, turns) = (nice(), processors(), Turns::new(bounds, Problem::internal));
        let (first, last) = all.split_at(all.len() - all.len() / 2);
        let half = if last.is_empty() { first } else { last };
        // The second time perhaps on a thread that has done so before.
        for _ in 0..2 {
            let turn = turns.take("ACC-1").await.unwrap();
            let done = turn.work(|| (nice(), processors())).await.unwrap();
            assert_eq!(done, (NICE.max(own), half.to_vec()));
        }
        assert_eq!((nice(), processors()), (own, all), "whoever serves goes on as before");
    }
}
