//! Release 1: a clinic lends devices to its wards.

use schema_runtime::Table;

/// A device.
#[derive(Debug, Table, sqlx::FromRow)]
pub struct Device {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// The maker's number.
    #[column(unique)]
    pub serial: String,
    /// Infusion pump, monitor.
    pub kind: String,
    /// The store room it belongs to.
    pub room: String,
    /// Whom to call when it breaks.
    pub hotline: Option<String>,
}

/// Somebody who takes devices.
#[derive(Debug, Table, sqlx::FromRow)]
pub struct Borrower {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Their name.
    pub name: String,
}

/// A device in somebody's hands.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(index(device_id, unique, where = "returned_on IS NULL", name = "loan_one_at_a_time"))]
pub struct Loan {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// What.
    #[column(references = Device, on_delete = restrict)]
    pub device_id: i64,
    /// Who.
    #[column(references = Borrower, on_delete = restrict, index)]
    pub borrower_id: i64,
    /// From when.
    pub lent_on: String,
    /// Until when.
    #[column(check("length(returned_on) = 10", name = "loan_returned_on_a_day"))]
    pub returned_on: Option<String>,
}
