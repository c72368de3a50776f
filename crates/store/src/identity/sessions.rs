use async_trait::async_trait;
use model::{Timestamp, api::Session, ids::UserId};
use sea_orm::Value;
use sha2::{Digest, Sha256};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::{Error, Store, payload, sql};

/// The session store of the web server, backed by the `session` table. Cookie ids are stored hashed.
#[derive(Clone)]
pub struct SessionHandle(Store);

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionHandle")
    }
}

/// A session's use is noted at most this often, in milliseconds.
const NOTE_EVERY_MS: i64 = 60_000;

/// What the table knows a cookie's id by: whoever reads the table cannot sign in with it.
fn hashed(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

impl Store {
    pub fn sessions(&self) -> SessionHandle {
        SessionHandle(self.clone())
    }

    /// Says whose a session is and from where, after signing in. The session must have been saved.
    pub async fn bind_session(&self, id: &Id, user: UserId, user_agent: &str, ip: &str) -> Result<(), Error> {
        let agent: String = user_agent.chars().take(300).collect();
        let values: Vec<Value> = vec![hashed(id).into(), user.0.into(), agent.into(), ip.into(), self.now().ms().into()];
        let sql = "UPDATE session SET user_id = $2, user_agent = $3, ip = $4, last_seen_at = $5 WHERE id = $1";
        let done = sql::exec(&self.shared.write, sql, values).await?;
        if done.rows_affected() == 0 { Err(Error::NotFound("the session")) } else { Ok(()) }
    }

    /// A person's live sessions, the last used first. `current`: the one that asks.
    pub async fn sessions_of(&self, user: UserId, current: Option<&Id>) -> Result<Vec<Session>, Error> {
        let current = current.map(hashed);
        let sql = "SELECT id, created_at, last_seen_at, user_agent FROM session WHERE user_id = $1 AND expires_at > $2
                   ORDER BY last_seen_at DESC";
        let rows = sql::all(&self.shared.read, sql, vec![user.0.into(), self.now().ms().into()]).await?;
        rows.iter()
            .map(|row| {
                let id: String = sql::get(row, 0)?;
                Ok(Session {
                    current: current.as_ref() == Some(&id),
                    id,
                    created_at: Timestamp(sql::get(row, 1)?),
                    last_seen_at: Timestamp(sql::get(row, 2)?),
                    user_agent: sql::get(row, 3)?,
                })
            })
            .collect()
    }

    /// Ends one of a person's sessions, by the id that [`Store::sessions_of`] shows.
    pub async fn end_session(&self, user: UserId, id: &str) -> Result<(), Error> {
        let sql = "DELETE FROM session WHERE id = $1 AND user_id = $2";
        let done = sql::exec(&self.shared.write, sql, vec![id.into(), user.0.into()]).await?;
        if done.rows_affected() == 0 { Err(Error::NotFound("the session")) } else { Ok(()) }
    }

    /// Ends all of a person's sessions, but for `keep`; how many.
    pub async fn end_sessions(&self, user: UserId, keep: Option<&Id>) -> Result<u64, Error> {
        let keep = keep.map(hashed).unwrap_or_default();
        let sql = "DELETE FROM session WHERE user_id = $1 AND id <> $2";
        Ok(sql::exec(&self.shared.write, sql, vec![user.0.into(), keep.into()]).await?.rows_affected())
    }
}

impl SessionHandle {
    /// False: there is a session of this id already.
    async fn insert(&self, record: &Record) -> Result<bool, Error> {
        let now = self.0.now().ms();
        let values: Vec<Value> =
            vec![hashed(&record.id).into(), payload::json(&record.data)?.into(), milliseconds(record).into(), now.into()];
        let sql = "INSERT INTO session (id, data, expires_at, created_at, last_seen_at, user_agent, ip)
                   VALUES ($1, $2, $3, $4, $4, '', '') ON CONFLICT (id) DO NOTHING";
        Ok(sql::exec(&self.0.shared.write, sql, values).await?.rows_affected() > 0)
    }

    /// A session that was ended meanwhile does not come back.
    async fn update(&self, record: &Record) -> Result<(), Error> {
        let values: Vec<Value> = vec![
            hashed(&record.id).into(),
            payload::json(&record.data)?.into(),
            milliseconds(record).into(),
            self.0.now().ms().into(),
        ];
        let sql = "UPDATE session SET data = $2, expires_at = $3, last_seen_at = $4 WHERE id = $1";
        sql::exec(&self.0.shared.write, sql, values).await?;
        Ok(())
    }

    async fn read(&self, id: &Id) -> Result<Option<Record>, Error> {
        let now = self.0.now();
        let sql = "SELECT data, expires_at, last_seen_at FROM session WHERE id = $1 AND expires_at > $2";
        let row = sql::one(&self.0.shared.read, sql, vec![hashed(id).into(), now.ms().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let data: Vec<u8> = sql::get(&row, 0)?;
        if now.since(Timestamp(sql::get(&row, 2)?)) >= NOTE_EVERY_MS {
            let values = vec![hashed(id).into(), now.ms().into()];
            if let Err(error) =
                sql::exec(&self.0.shared.write, "UPDATE session SET last_seen_at = $2 WHERE id = $1", values).await
            {
                tracing::debug!(error = %error, "a session's use was not noted");
            }
        }
        let mut record = Record {
            id: *id,
            data: payload::from_json(&data)?,
            expiry_date: tower_sessions::cookie::time::OffsetDateTime::UNIX_EPOCH,
        };
        record.expiry_date += std::time::Duration::from_millis(sql::get::<i64>(&row, 1)?.unsigned_abs());
        Ok(Some(record))
    }
}

fn milliseconds(record: &Record) -> i64 {
    i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for SessionHandle {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while !self.insert(record).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.update(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.read(id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let sql = "DELETE FROM session WHERE id = $1";
        sql::exec(&self.0.shared.write, sql, vec![hashed(id).into()]).await.map_err(backend)?;
        Ok(())
    }
}
