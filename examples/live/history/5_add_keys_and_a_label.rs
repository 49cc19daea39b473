//! Release 5: payments can be refunded, currencies are those of the list, and an address belongs to one customer.

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
    pub id: i64,
    /// Where invoices go.
    #[column(unique)]
    pub email: String,
    /// Behind the @.
    #[column(default = "''", index)]
    pub domain: String,
    /// As on the parcel.
    pub full_name: String,
    /// Where orders were confirmed.
    pub fax: Option<String>,
}

/// What a customer pays.
#[derive(Table)]
pub struct Payment {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Who.
    #[column(references = Customer, on_delete = restrict, index)]
    pub customer_id: i64,
    /// How much, in hundredths.
    #[column(check = "cents > 0")]
    pub cents: i64,
    /// Of what.
    #[column(references = Currency, on_delete = restrict)]
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
    /// Sent back.
    Refunded,
}
