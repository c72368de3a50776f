//! The first schema. It already has the columns of features that come later (decisions that are hard to change once data exists).

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for part in [
            include_str!("first/people.sql"),
            include_str!("first/accounts.sql"),
            include_str!("first/workflows.sql"),
            include_str!("first/runs.sql"),
            include_str!("first/budgets.sql"),
        ] {
            crate::dialect::run(manager, part).await?;
        }
        Ok(())
    }
}
