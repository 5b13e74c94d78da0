//! Who is served when more is due than can be handed out: one for each in turn, round after round.

/// Deals out `limit` among `demands`, one each a round, and never more than was demanded. Gives each one's share, and
/// which one was served last.
pub(crate) fn deal(limit: usize, demands: &[usize]) -> (Vec<usize>, Option<usize>) {
    let (mut shares, mut last, mut left) = (vec![0; demands.len()], None, limit);
    let mut hungry: Vec<usize> = (0..demands.len()).filter(|at| demands[*at] > 0).collect();
    while left > 0 && !hungry.is_empty() {
        for at in hungry.iter().copied().take(left) {
            shares[at] += 1;
            last = Some(at);
        }
        left = left.saturating_sub(hungry.len());
        hungry.retain(|at| shares[*at] < demands[*at]);
    }
    (shares, last)
}

/// `webhooks` (with their place in the order of creation, which is the order of serving) so that those behind `resume`
/// come first.
pub(crate) fn rotate<T>(webhooks: &mut [T], resume: Option<i64>, seq: impl Fn(&T) -> i64) {
    if let Some(resume) = resume {
        let behind = webhooks.partition_point(|webhook| seq(webhook) <= resume);
        webhooks.rotate_left(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_turn_before_anyone_has_two() {
        assert_eq!(deal(10, &[1000, 1, 0, 2]), (vec![7, 1, 0, 2], Some(0)));
        assert_eq!(deal(2, &[5, 5, 5]), (vec![1, 1, 0], Some(1)));
        assert_eq!(deal(4, &[5, 0, 5]), (vec![2, 0, 2], Some(2)));
        assert_eq!(deal(0, &[5]), (vec![0], None));
        assert_eq!(deal(9, &[]), (vec![], None));
    }

    #[test]
    fn the_next_round_begins_behind_the_last_one_served() {
        let order = |resume| {
            let mut webhooks = [1, 4, 6];
            rotate(&mut webhooks, resume, |seq| *seq);
            webhooks
        };
        assert_eq!(order(None), [1, 4, 6]);
        assert_eq!(order(Some(1)), [4, 6, 1]);
        assert_eq!(order(Some(5)), [6, 1, 4]);
        assert_eq!(order(Some(6)), [1, 4, 6]);
    }
}
