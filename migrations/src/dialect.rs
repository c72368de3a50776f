use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Runs statements written for PostgreSQL, ended by `;`, on either database.
///
/// SQLite: `BIGINT PRIMARY KEY` becomes the row id itself, `BYTEA` is `BLOB`, and a table marked `/* clustered */` is stored
/// in its primary key's order. PostgreSQL: texts marked `/* bytewise */` are compared and ordered by their bytes, as SQLite does.
pub async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    // A semicolon in a comment ends nothing.
    let statements: String =
        statements.lines().filter(|line| !line.trim_start().starts_with("--")).flat_map(|line| [line, "\n"]).collect();
    for statement in statements.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        let statement = if sqlite {
            statement
                .replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
                .replace("BYTEA", "BLOB")
                .replace("/* clustered */", "WITHOUT ROWID")
        } else {
            statement.replace("/* bytewise */", "COLLATE \"C\"")
        };
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}
