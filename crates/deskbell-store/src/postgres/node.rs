//! The nodes of an instance, in PostgreSQL: rows that live from heartbeat to heartbeat, by the database's clock.

use super::PostgresStore;
use super::client::Client;
use super::columns::Columns;
use super::fault::{Fault, Result};
use super::sql::{execute, params, rows};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Epoch;
use deskbell_core::id::NodeId;
use deskbell_core::node::{FORGOTTEN_AFTER, GONE_AFTER, Load, Node, Role, Roles, Seen};
use deskbell_core::store::{self, Nodes};
use deskbell_core::time::millis;
use futures::FutureExt as _;
use std::time::Duration;
use tokio_postgres::Row;

/// The time by the database's clock.
macro_rules! clock {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    };
}

fn milliseconds(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

async fn beat(conn: &Client, node: &Node, now: Timestamp) -> Result<()> {
    let upsert = concat!(
        "INSERT INTO nodes (id, name, host, roles, version, started, epoch, in_flight, in_hand, beat, ahead)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, t.now, $10 - t.now FROM (SELECT ",
        clock!(),
        " AS now) t
         ON CONFLICT (id) DO UPDATE SET epoch = EXCLUDED.epoch, in_flight = EXCLUDED.in_flight, in_hand = EXCLUDED.in_hand,
         beat = EXCLUDED.beat, ahead = EXCLUDED.ahead"
    );
    let Node { id, name, host, roles, version, started, load } = node;
    let epoch = load.epoch.and_then(|epoch| i64::try_from(epoch.0).ok());
    let (in_flight, in_hand) = (i64::from(load.in_flight), i64::from(load.in_hand));
    let (roles, started, now) = (roles.written(), millis(*started), millis(now));
    let (name, host, version) = (name.as_str(), host.as_str(), version.as_str());
    let id = id.as_str();
    let params = params![id, name, host, roles, version, started, epoch, in_flight, in_hand, now];
    execute(conn, upsert, params).await?;
    let forget = concat!(
        "DELETE FROM nodes n USING (SELECT ",
        clock!(),
        " AS now) t WHERE n.beat <= t.now - $1 OR (n.beat <= t.now - $2 AND n.name = $3 AND n.id <> $4)"
    );
    execute(conn, forget, params![milliseconds(FORGOTTEN_AFTER), milliseconds(GONE_AFTER), name, id]).await?;
    Ok(())
}

async fn seen(conn: &Client, limit: u32) -> Result<Vec<Seen>> {
    let select = concat!(
        "SELECT * FROM (SELECT n.id, n.name, n.host, n.roles, n.version, n.started, n.epoch, n.in_flight, n.in_hand, t.now - n.beat,
         n.ahead FROM nodes n, (SELECT ",
        clock!(),
        " AS now) t ORDER BY n.beat DESC LIMIT $1) latest ORDER BY name, started, id"
    );
    rows(conn, select, params![i64::from(limit)]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Seen> {
    let mut columns = Columns::of(row);
    let node = Node {
        id: NodeId::from_text(columns.get::<&str>()?),
        name: columns.get()?,
        host: columns.get()?,
        // One that a newer release knows is left out.
        roles: columns.get::<&str>()?.split(',').filter_map(Role::parse).collect::<Roles>(),
        version: columns.get()?,
        started: columns.time()?,
        load: Load {
            epoch: columns.maybe_number()?.map(Epoch),
            in_flight: columns.number()?,
            in_hand: columns.number()?,
        },
    };
    let silent = Duration::from_millis(columns.get::<i64>()?.try_into().unwrap_or_default());
    Ok(Seen { node, silent, clock_ms: columns.get()? })
}

#[async_trait]
impl Nodes for PostgresStore {
    async fn beat_node(&self, node: &Node, now: Timestamp) -> store::Result<()> {
        self.write((node.clone(), now), |tx, (node, now)| beat(tx.conn, node, *now).boxed()).await
    }

    async fn forget_node(&self, node: &NodeId) -> store::Result<()> {
        let forget = "DELETE FROM nodes WHERE id = $1";
        let forgotten = self.write(node.clone(), move |tx, node| {
            async move { execute(tx.conn, forget, params![node.as_str()]).await.map(drop) }.boxed()
        });
        forgotten.await
    }

    async fn nodes(&self, _: Timestamp, limit: u32) -> store::Result<Vec<Seen>> {
        seen(&*self.read().await?, limit).await.map_err(|fault: Fault| fault.into())
    }
}
