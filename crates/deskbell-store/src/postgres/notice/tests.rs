//! What a notice carries, and when one goes out.

use super::*;

fn of(webhooks: &[&str]) -> Notice {
    let mut notice = Notice { due: true, ..Notice::default() };
    webhooks.iter().for_each(|id| notice.webhooks.add(id));
    notice
}

fn carried(notice: &Notice) -> Notice {
    Notice::read(notice.written().split_ascii_whitespace())
}

#[test]
fn a_notice_is_read_as_it_was_written() {
    for notice in [Notice::default(), of(&["WHK-1", "WHK-2"]), Notice::anything()] {
        assert_eq!(carried(&notice), notice);
    }
    let newer = "due colours=red webhooks=WHK-1 shout";
    assert_eq!(Notice::read(newer.split_ascii_whitespace()), of(&["WHK-1"]), "a newer release knows more");
}

#[test]
fn what_cannot_be_named_is_any() {
    for id in ["", "it's", "a b", "a,b", "WHK-0123456789012345678901234567890"] {
        assert_eq!(of(&["WHK-1", id]).webhooks, Which::Any, "{id}");
    }
    /// As many as can be named, with the longest ids.
    fn full<const NAMED: usize>() -> Which<NAMED> {
        let mut which = Which::default();
        (0..NAMED).for_each(|n| which.add(&format!("WHK-{n:020}")));
        assert_ne!(which, Which::Any);
        let mut more = which.clone();
        more.add("WHK-1");
        assert_eq!(more, Which::Any);
        which
    }
    let full = Notice { due: true, keys: true, webhooks: full(), accounts: full(), inboxes: full() };
    assert_eq!(carried(&full), full);
    assert!(full.written().len() < 7_800, "{} bytes, and a notice has room for 8,000", full.written().len());
}

#[tokio::test(start_paused = true)]
async fn notices_gather_and_what_somebody_waits_for_goes_out_sooner() {
    let (notices, start) = (Notices::new(), Instant::now());
    notices.tell(of(&["WHK-1"]), false);
    notices.tell(of(&["WHK-2"]), false);
    notices.ready(start).await;
    assert_eq!((start.elapsed(), notices.take()), (LATER, of(&["WHK-1", "WHK-2"])));
    let again = Instant::now();
    notices.tell(of(&[]), false);
    let (ready, ()) = tokio::join!(notices.ready(again), async {
        tokio::time::sleep(SOON / 2).await;
        notices.tell(of(&["WHK-3"]), true);
    });
    let () = ready;
    assert_eq!((again.elapsed(), notices.take()), (SOON, of(&["WHK-3"])));
    assert!(futures::FutureExt::now_or_never(notices.ready(again)).is_none(), "there is nothing to tell");
}
