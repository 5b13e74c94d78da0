//! Trace: the trace context of an event as it is kept: the ids of the trace and of the span above, the flags, and the state as it came.

use deskbell_core::trace::{SpanId, TraceContext, TraceId, is_printable};

pub(crate) fn keep(context: &TraceContext) -> Vec<u8> {
    let TraceContext { trace, parent, flags, state } = context;
    [&trace.0[..], &parent.0, &[*flags], state.as_bytes()].concat()
}

/// The context; `None` for what is none, so that its event goes out without.
pub(crate) fn restore(kept: &[u8]) -> Option<TraceContext> {
    let (trace, rest) = kept.split_first_chunk()?;
    let (parent, rest) = rest.split_first_chunk()?;
    let ([flags], state) = rest.split_first_chunk()?;
    let state = std::str::from_utf8(state).ok().filter(|state| is_printable(state))?;
    Some(TraceContext {
        trace: TraceId(*trace),
        parent: SpanId(*parent),
        flags: *flags,
        state: state.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_restored_and_what_is_damaged_is_none() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for state in ["", "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"] {
            let context = TraceContext::parse(parent, state).unwrap();
            assert_eq!(restore(&keep(&context)), Some(context.clone()));
            for cut in 0..25 {
                assert_eq!(restore(&keep(&context)[..cut]), None);
            }
        }
        let context = TraceContext::parse(parent, "a=1").unwrap();
        for bad in [&b"\r\nX: 1"[..], &[0xff]] {
            assert_eq!(restore(&[&keep(&context), bad].concat()), None);
        }
    }
}
