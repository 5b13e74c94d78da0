//! Claiming: what is due is looked up, dealt out in [fair shares](fair_share) and leased. It costs what is handed out, however
//! many webhooks sleep and however much waits.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::known::{self, Known};
use super::machine::there_since;
use super::record::{self, AttemptRow, Targets};
use super::spot::{self, Keys, Spot};
use super::sql::{execute, exists, params, row, rows};
use super::transaction::Tx;
use super::unreadable::{LeftOut, PUT_OFF};
use crate::encoding::state::State;
use crate::encoding::trace;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::place::Place;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed, Handed, Lost};
use deskbell_core::time::{from_millis, later, millis};
use deskbell_core::trace::TraceContext;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};
use tokio_postgres::Row;

/// Webhooks that one claim looks at at most: some 10 ms. Those without room are looked at again and again, so the next look begins where
/// this one ended.
const LOOKS: usize = 2_000;
/// Of these, so many are read at a time.
const READ: usize = 256;
/// Rounds of one claim at most. What is due may end in being looked at, in any number, and others are waiting.
const ROUNDS: usize = 8;
/// Bytes of events that a round reads at most, as they are kept; one event's always.
const BYTES: i64 = 16 << 20;

/// The webhooks that a claim is about, by their number, and how it came by them.
struct Chosen {
    known: BTreeMap<i64, Known>,
    /// There may be more that have something due and room for it.
    cut: bool,
}

pub(super) async fn claim(tx: &Tx<'_>, claim: &Claim, rules: &Rules) -> Result<Claimed> {
    // What a machine claims whose epoch has ended would be due again at once.
    if tx.fenced().await?.is_none_or(|machine| machine.epoch != claim.epoch) {
        return Ok(Claimed::default());
    }
    let since = there_since(tx.conn, claim.now).await?;
    let resume = match &claim.resume {
        Some(webhook) => Some(known::number_or_none(tx.conn, webhook).await?),
        None => None,
    };
    let mut share = FairShare::new(claim, resume);
    let Chosen { mut known, cut } = choose(tx, claim, &share).await?;
    let mut emptied = true;
    for (seq, known) in &known {
        tx.requeue(*seq);
        if !known.webhook.is_enabled() {
            emptied &= spot::cancel_rest(tx, *seq, claim.now).await?;
        }
    }
    let left_out = LeftOut::of(spot::TABLE);
    let mut hand = Hand { claim, rules, since, handed: Vec::new(), lost: Vec::new(), left_out };
    let (mut again, mut ended, mut rounds) = (true, false, 0..ROUNDS);
    while again && rounds.next().is_some() {
        let demands = demands(tx.conn, claim, &share, &known).await?;
        let (round, full) = hand.round(tx, &mut share, demands, &mut known).await?;
        again = round > 0 || full;
        ended |= round > 0;
    }
    tx.settle_queues().await?;
    let Hand { handed, lost, .. } = hand;
    let all_seen = note_look(tx, claim, cut, ended || !handed.is_empty(), known.len()).await?;
    let left = exists(tx.conn, "SELECT 1 FROM queues WHERE leaves <= $1 LIMIT 1", params![millis(claim.now)])
        .await?;
    // What was not looked at yet may be due, and what was not cancelled yet is to be: look again at once.
    let next_due =
        if all_seen && emptied && !again { next(tx.conn, claim.now).await? } else { Some(claim.now) };
    Ok(Claimed { handed, lost, next_due, left, last: share.last() })
}

/// When the next of those that wait for time may leave.
async fn next(conn: &Client, now: Timestamp) -> Result<Option<Timestamp>> {
    let select = "SELECT min(leaves) AS next FROM queues WHERE leaves > $1";
    let next: Option<i64> = named(&row(conn, select, params![millis(now)]).await?, "next")?;
    Ok(next.map(from_millis))
}

/// Remembers where the next look begins; gives whether all that is due was seen, so that only room or time changes anything.
async fn note_look(tx: &Tx<'_>, claim: &Claim, cut: bool, fruitful: bool, looked: usize) -> Result<bool> {
    let barren = {
        let mut look = tx.joined.look.lock().unwrap_or_else(PoisonError::into_inner);
        look.barren = if fruitful { 0 } else { look.barren + looked };
        look.barren
    };
    if !cut {
        return Ok(true);
    }
    let ready = "SELECT count(*) AS ready FROM queues WHERE leaves <= $1";
    let ready: i64 = named(&row(tx.conn, ready, params![millis(claim.now)]).await?, "ready")?;
    let around = barren >= usize::try_from(ready).unwrap_or(usize::MAX);
    if around {
        tx.joined.look.lock().unwrap_or_else(PoisonError::into_inner).barren = 0;
    }
    Ok(around)
}

/// Chooses the webhooks that have something due and room for it, in their turns, no more than there are deliveries to hand out, and
/// takes the locks of their accounts. Who cannot be read is put off for an hour.
async fn choose(tx: &Tx<'_>, claim: &Claim, share: &FairShare<'_>) -> Result<Chosen> {
    let begun = tx.joined.look.lock().unwrap_or_else(PoisonError::into_inner).cut.take();
    let behind = begun.or(share.behind()).unwrap_or(i64::MIN);
    let turns = turns(tx.conn, claim.now, behind).await?;
    let (mut chosen, mut looks, mut put_off) = (Vec::new(), 0, Vec::new());
    for some in turns.chunks(READ) {
        if chosen.len() >= share.left() {
            break;
        }
        looks += some.len();
        let known: HashMap<i64, Known> =
            known::all_at(tx.conn, some).await?.into_iter().map(|known| (known.seq, known)).collect();
        for seq in some {
            match known.get(seq) {
                None => put_off.push(*seq),
                Some(known) if has_room(share, known) => chosen.push((known.account, *seq)),
                Some(_) => {}
            }
        }
    }
    chosen.truncate(share.left());
    if !put_off.is_empty() {
        let until = millis(later(claim.now, PUT_OFF));
        execute(tx.conn, "UPDATE queues SET leaves = $2 WHERE webhook = ANY($1)", params![put_off, until])
            .await?;
    }
    let cut = turns.len() >= LOOKS && looks >= LOOKS;
    tx.joined.look.lock().unwrap_or_else(PoisonError::into_inner).cut = turns.last().copied().filter(|_| cut);
    let (mut accounts, seqs): (Vec<i64>, Vec<i64>) = chosen.into_iter().unzip();
    accounts.sort_unstable();
    accounts.dedup();
    tx.lock(&accounts).await?;
    // Only now they stay what they are.
    let known = known::all_at(tx.conn, &seqs).await?;
    Ok(Chosen { known: known.into_iter().map(|known| (known.seq, known)).collect(), cut })
}

/// One that is off has room for what is to be cancelled.
fn has_room(share: &FairShare<'_>, known: &Known) -> bool {
    !known.webhook.is_enabled() || share.room(&known.webhook, &known.webhook.health) > 0
}

/// The webhooks of which something may leave, those behind that number first.
async fn turns(conn: &Client, now: Timestamp, behind: i64) -> Result<Vec<i64>> {
    let select = "SELECT webhook FROM
                  ((SELECT webhook, 0 AS turn FROM queues WHERE leaves <= $1 AND webhook > $2 ORDER BY webhook LIMIT $3)
                   UNION ALL
                   (SELECT webhook, 1 AS turn FROM queues WHERE leaves <= $1 AND webhook <= $2 ORDER BY webhook LIMIT $3)) q
                  ORDER BY turn, webhook LIMIT $3";
    let limit = i64::try_from(LOOKS).unwrap_or(i64::MAX);
    let found = rows(conn, select, params![millis(now), behind, limit]).await?;
    found.iter().map(|row| Columns::of(row).get()).collect()
}

/// What is due to those of the webhooks that do not rest, as far as they have room, and about as many as may be handed out: however much
/// waits and however large the rooms are.
async fn demands(
    conn: &Client,
    claim: &Claim,
    share: &FairShare<'_>,
    known: &BTreeMap<i64, Known>,
) -> Result<Vec<Demand>> {
    let mut demands: BTreeMap<i64, Demand> = BTreeMap::new();
    let mut rooms: Vec<(i64, usize)> = Vec::new();
    for (seq, Known { webhook, .. }) in known {
        let room = share.room(webhook, &webhook.health);
        if room > 0 && fair_share::leaves(&webhook.health, claim.now) <= claim.now {
            rooms.push((*seq, room));
        }
    }
    let (mut found, mut depth) = (0, 0);
    loop {
        let more = share.depth(found, rooms.len());
        if rooms.is_empty() || more == 0 {
            return Ok(demands.into_values().collect());
        }
        depth += more;
        let asked = rooms.iter().map(|(seq, room)| (*seq, depth.min(*room)));
        for (number, due) in due(conn, claim.now, asked).await? {
            let Some(known) = known.get(&number) else { continue };
            demands.insert(number, Demand { number, webhook: known.webhook.clone(), due });
        }
        found = demands.values().map(|demand| demand.due.len()).sum();
        // Who has fewer is read to its end.
        rooms.retain(|(seq, room)| {
            depth < *room && demands.get(seq).is_some_and(|demand| demand.due.len() == depth)
        });
    }
}

/// The first due of each webhook's queue, as many as are asked for.
async fn due(
    conn: &Client,
    now: Timestamp,
    asked: impl Iterator<Item = (i64, usize)>,
) -> Result<BTreeMap<i64, Vec<Place>>> {
    let asked = asked.map(|(seq, most)| (seq, i64::try_from(most).unwrap_or(i64::MAX)));
    let (seqs, rooms): (Vec<i64>, Vec<i64>) = asked.unzip();
    let select = "SELECT u.webhook, d.event FROM unnest($1, $2) AS u (webhook, room) CROSS JOIN LATERAL
                  (SELECT event, due FROM deliveries d WHERE d.webhook = u.webhook AND d.due IS NOT NULL AND d.due <= $3
                   ORDER BY d.due, d.event LIMIT u.room FOR UPDATE SKIP LOCKED) d ORDER BY u.webhook, d.due, d.event";
    let mut due: BTreeMap<i64, Vec<Place>> = BTreeMap::new();
    for row in rows(conn, select, params![seqs, rooms, millis(now)]).await? {
        let mut columns = Columns::of(&row);
        due.entry(columns.get()?).or_default().push(columns.get()?);
    }
    Ok(due)
}

/// Hands out what one claim is given.
struct Hand<'c> {
    claim: &'c Claim,
    rules: &'c Rules,
    /// Since when there has been a machine.
    since: Timestamp,
    handed: Vec<Handed>,
    /// Attempts that ended leases left behind.
    lost: Vec<Lost>,
    left_out: LeftOut,
}

impl Hand<'_> {
    /// Leases what each demand is dealt. One that cannot be read, with its event and its bytes, is never sent, and does not keep others
    /// from being sent. Gives how many ended instead, and whether some were left for they are too many bytes.
    async fn round(
        &mut self,
        tx: &Tx<'_>,
        share: &mut FairShare<'_>,
        demands: Vec<Demand>,
        known: &mut BTreeMap<i64, Known>,
    ) -> Result<(usize, bool)> {
        let dealt = share.deal(demands);
        let spots: Vec<Spot> = dealt
            .iter()
            .flat_map(|demand| {
                let account = known.get(&demand.number).map_or(0, |known| known.account);
                demand.due.iter().map(move |event| Spot { account, event: *event, webhook: demand.number })
            })
            .collect();
        let (mut ended, mut states, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
        let mut over = 0;
        let found = self.read(tx.conn, &spots).await?;
        let all = found.len() == spots.len();
        let mut full = None;
        for (spot, found) in spots.into_iter().zip(found) {
            if full == Some(spot.webhook) {
                continue;
            }
            let Some((mut delivery, Sent { body, trace })) = found else {
                ended.push(spot);
                continue;
            };
            let Some(Known { webhook, .. }) = known.get(&spot.webhook) else { continue };
            let Claim { concurrency, now, epoch, .. } = self.claim;
            let permit = concurrency.take(&webhook.account, &webhook.id, &webhook.health, body.len(), *now);
            let Some(permit) = permit else {
                full = Some(spot.webhook);
                continue;
            };
            let (lost, leased) = delivery.lease(webhook, self.rules, *epoch, self.since, *now);
            if let Some(lost) = lost {
                attempts.push(AttemptRow::of(tx, spot, &lost, *now)?);
                tx.outbox().tally.recorded(&lost, &delivery);
                self.lost.push(Lost { attempt: lost, became: delivery.status });
            }
            states.push((spot, State::of(&delivery)));
            if leased {
                tx.lease(spot, delivery.token());
                let leased = Leased { delivery, place: spot.event, body, trace, webhook: webhook.clone() };
                self.handed.push(Handed { leased, permit });
                share.lease();
            } else {
                // Its turn is another's: one more round.
                over += 1;
            }
        }
        let targets = Targets::of(tx.conn, attempts.iter().map(AttemptRow::target)).await?;
        tx.last(record::insert(attempts, &targets)?);
        tx.last(spot::updated(&states));
        // The next round finds them gone.
        tx.write_last().await?;
        spot::set_aside(tx, &ended, self.claim.now).await?;
        Ok((ended.len() + over, !all))
    }

    /// The deliveries at these spots with the bytes to be sent, `None` for those that cannot be read; fewer than all where they weigh so
    /// much.
    async fn read(&mut self, conn: &Client, spots: &[Spot]) -> Result<Vec<Option<(Box<Delivery>, Sent)>>> {
        if spots.is_empty() {
            return Ok(Vec::new());
        }
        let select = spot::select!(at "octet_length(e.body)::bigint AS bytes");
        let Keys { accounts, events, webhooks } = Keys::of(spots.iter());
        let mut found: HashMap<Spot, Row> = HashMap::new();
        for row in rows(conn, select, params![accounts, events, webhooks]).await? {
            found.insert(Spot::read(&row)?, row);
        }
        let (mut fits, mut sum, mut wanted) = (0, 0, BTreeMap::new());
        for spot in spots {
            let bytes: i64 = found.get(spot).map_or(Ok(0), |row| named(row, "bytes"))?;
            if wanted.insert((spot.account, spot.event), ()).is_none() {
                sum += bytes;
            }
            if sum > BYTES && fits > 0 {
                break;
            }
            fits += 1;
        }
        let sent = sent(conn, wanted.into_keys().unzip()).await?;
        let gone = || Fault::damaged("its event, its webhook or its account is not there");
        let mut read = Vec::with_capacity(fits);
        for spot in spots.iter().take(fits) {
            let whole = || -> Result<_> {
                let delivery = spot::read(found.get(spot).ok_or_else(gone)?)?;
                let sent = sent.get(&(spot.account, spot.event)).ok_or_else(gone)?;
                Ok((Box::new(delivery), sent.as_ref().map_err(Fault::damaged)?.clone()))
            };
            let key = format_args!("{}/{}/{}", spot.account, spot.event, spot.webhook).to_string();
            read.push(self.left_out.sift(key, whole())?);
        }
        Ok(read)
    }
}

/// What attempts take along of an event: its bytes and its trace.
#[derive(Clone)]
struct Sent {
    body: Bytes,
    trace: Option<Arc<TraceContext>>,
}

/// What attempts take along of these events, each once however many it is due to.
async fn sent(
    conn: &Client,
    (accounts, places): (Vec<i64>, Vec<Place>),
) -> Result<HashMap<(i64, Place), std::result::Result<Sent, Fault>>> {
    let select = "SELECT e.body, t.context, e.account, e.place FROM unnest($1, $2) AS u (account, place)
                  JOIN events e ON e.account = u.account AND e.place = u.place
                  LEFT JOIN traces t ON t.account = u.account AND t.event = u.place";
    let mut sent = HashMap::new();
    for row in rows(conn, select, params![accounts, places]).await? {
        let mut columns = Columns::of(&row);
        let body = columns.body();
        let context: Option<&[u8]> = columns.get()?;
        let trace = context.and_then(trace::restore).map(Arc::new);
        sent.insert((named(&row, "account")?, named(&row, "place")?), body.map(|body| Sent { body, trace }));
    }
    Ok(sent)
}
