//! Release 3: a borrower is a person now, and a loan starts when the device is handed out.

use schema_runtime::{SqlEnum, Table};

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
    /// Where it stands in its life.
    pub status: Status,
}

/// Where a device stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SqlEnum, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum Status {
    /// On the shelf.
    Ready,
    /// With somebody.
    Lent,
    /// Out of order.
    Broken,
    /// Lost, stolen, scrapped.
    Gone,
}

/// What a technician found.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(primary_key(device_id, done_on))]
pub struct Inspection {
    /// The device.
    #[column(references = Device, on_delete = cascade)]
    pub device_id: i64,
    /// The day.
    pub done_on: String,
    /// Whether it may be used.
    pub passed: bool,
}

/// Somebody who takes devices.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(renamed_from = "borrower")]
pub struct Person {
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
    #[column(references = Person, on_delete = restrict, index, renamed_from = "borrower_id")]
    pub person_id: i64,
    /// From when.
    #[column(renamed_from = "lent_on")]
    pub handed_out_on: String,
    /// Until when.
    #[column(check("length(returned_on) = 10", name = "loan_returned_on_a_day"))]
    pub returned_on: Option<String>,
}
