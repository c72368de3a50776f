use model::{
    api::{Connection, ConnectionStatus},
    ids::{ConnectionId, SecretId},
};

use crate::{Error, Scope, Store};

#[derive(Debug, Clone)]
pub struct ConnectionRow {
    pub connection: Connection,
    /// The sealed values: a JSON object of texts.
    pub secret: Option<SecretId>,
}

/// `id`: made by the caller with [`Store::next_id`], so that the secret can be sealed for it first.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub id: ConnectionId,
    pub connector: String,
    pub method: String,
    pub label: String,
    pub hosts: Vec<String>,
    pub secret: Option<SecretId>,
}

impl Store {
    pub async fn create_connection(&self, scope: &Scope, new: NewConnection) -> Result<Connection, Error> {
        todo!()
    }

    pub async fn connections(&self, scope: &Scope) -> Result<Vec<Connection>, Error> {
        todo!()
    }

    pub async fn connection(&self, scope: &Scope, id: ConnectionId) -> Result<ConnectionRow, Error> {
        todo!()
    }

    /// Absent values stay. A new secret makes the connection active again; the replaced one's row is deleted.
    pub async fn update_connection(
        &self,
        scope: &Scope,
        id: ConnectionId,
        label: Option<String>,
        hosts: Option<Vec<String>>,
        secret: Option<SecretId>,
    ) -> Result<Connection, Error> {
        todo!()
    }

    pub async fn set_connection_status(&self, scope: &Scope, id: ConnectionId, status: ConnectionStatus) -> Result<(), Error> {
        todo!()
    }

    /// With its secret. `Error::Invalid` while a workflow's draft or live version uses it.
    pub async fn delete_connection(&self, scope: &Scope, id: ConnectionId) -> Result<(), Error> {
        todo!()
    }
}
