//! The alarm: rung by the panic of a thread or task that has to run for as long as the process does. Then the process ends, so that it
//! is started anew: without one of its parts it would go on answering and never do what it promises.
//!
//! What serves one call, one connection or one request of ours is contained where it is made, and rings nothing.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};

/// Rung at most once; every clone is the same alarm.
#[derive(Debug, Clone, Default)]
pub struct Alarm(Arc<State>);

#[derive(Debug, Default)]
struct State {
    part: OnceLock<&'static str>,
    waiting: Mutex<Option<Waker>>,
}

/// Rings when it is dropped by a panic.
#[derive(Debug)]
pub struct Guard {
    alarm: Alarm,
    part: &'static str,
}

impl Alarm {
    /// Guards `part` until what this gives is dropped: the part ends well, or its panic rings.
    pub fn guard(&self, part: &'static str) -> Guard {
        Guard { alarm: self.clone(), part }
    }

    /// Guards `part`, which is `work`.
    pub async fn over<T>(self, part: &'static str, work: impl Future<Output = T>) -> T {
        let _guard = self.guard(part);
        work.await
    }

    /// Rings for `part`; only the first ring counts.
    pub fn ring(&self, part: &'static str) {
        if self.0.part.set(part).is_ok()
            && let Some(waiting) = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            waiting.wake();
        }
    }

    /// Waits for the alarm, and gives the part that it was rung for. One may wait at a time.
    pub async fn rung(&self) -> &'static str {
        poll_fn(|context| {
            *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            self.0.part.get().map_or(Poll::Pending, |part| Poll::Ready(*part))
        })
        .await
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.alarm.ring(self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Context;

    fn rung(alarm: &Alarm) -> Poll<&'static str> {
        pin!(alarm.rung()).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_panic_rings_and_an_end_does_not() {
        let alarm = Alarm::default();
        drop(alarm.guard("the first"));
        assert_eq!(rung(&alarm), Poll::Pending);
        for part in ["the second", "the third"] {
            let guard = alarm.guard(part);
            let thread = std::thread::spawn(move || {
                let _guard = guard;
                panic!("on purpose");
            });
            assert!(thread.join().is_err());
            assert_eq!(rung(&alarm), Poll::Ready("the second"), "the first ring counts");
        }
    }

    #[test]
    fn whoever_waits_is_woken() {
        struct Count(std::sync::atomic::AtomicUsize);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        }
        let (alarm, count) = (Alarm::default(), Arc::new(Count(0.into())));
        let waker = Arc::clone(&count).into();
        let mut waiting = pin!(alarm.rung());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        alarm.ring("a part");
        assert_eq!(count.0.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert_eq!(waiting.poll(&mut Context::from_waker(&waker)), Poll::Ready("a part"));
    }
}
