//! Release 2: customers are grouped by the domain of their address, and payments are positive.

use schema_runtime::{SqlEnum, Table};

/// What is paid in.
#[derive(Table)]
pub struct Currency {
    /// `EUR`.
    #[column(primary_key)]
    pub code: String,
}

/// Somebody who buys.
#[derive(Table)]
pub struct Customer {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i32,
    /// Where invoices go.
    pub email: String,
    /// Behind the @. Release 1 does not know it, so its new rows get the default.
    #[column(default = "''", backfill = "split_part(email, '@', 2)", index)]
    pub domain: String,
    /// As on the parcel.
    pub name: String,
    /// Where orders were confirmed.
    pub fax: Option<String>,
}

/// What a customer pays.
#[derive(Table)]
pub struct Payment {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i32,
    /// Who.
    #[column(references = Customer, on_delete = restrict, index)]
    pub customer_id: i32,
    /// How much, in hundredths.
    #[column(check = "cents > 0")]
    pub cents: i64,
    /// Of what.
    pub currency: String,
    /// How far it is.
    pub state: State,
}

/// How far a payment is.
#[derive(SqlEnum, sqlx::Type)]
#[sqlx(type_name = "state", rename_all = "snake_case")]
pub enum State {
    /// Expected.
    Due,
    /// Here.
    Paid,
}
