//! Where the tests find a PostgreSQL.

/// The PostgreSQL that tests may make databases in, from `TEST_POSTGRES_URL`; `cargo xtask test` always sets it.
///
/// Without it a test runs on SQLite alone. A name of one's own per test keeps tests apart that run at the same time.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment")]
pub fn postgres_url() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}
