//! The tables of a seed library: members borrow seed in spring and bring seed back after the harvest.

use schema_runtime::{SqlEnum, Table};

/// A variety that the library keeps, such as the tomato Black Krim.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(strict, unique(species, name))]
pub struct Variety {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// What it is: tomato, bean.
    pub species: String,
    /// Its name among its kind.
    pub name: String,
    /// The month to sow it in.
    #[column(check("sow_month BETWEEN 1 AND 12", name = "sow_month_in_year"))]
    pub sow_month: i64,
    /// What is printed on the packet; the database makes it.
    #[column(generated = "species || ' ' || name", stored)]
    pub label: String,
}

/// Somebody who borrows.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(strict)]
pub struct Member {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Where reminders go.
    #[column(unique)]
    pub email: String,
    /// What to call them.
    pub name: String,
    /// The day they joined.
    #[column(default = "CURRENT_DATE")]
    pub joined_on: String,
}

/// Seed of one variety from one harvest.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(strict, index(variety_id, harvested_in desc), check("grams >= 0", name = "lot_not_overdrawn"))]
pub struct Lot {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// What grows from it.
    #[column(references = Variety, on_delete = restrict)]
    pub variety_id: i64,
    /// The year of the harvest.
    pub harvested_in: i64,
    /// What is left.
    pub grams: i64,
    /// How many of a hundred seeds came up; none while nobody tried.
    #[column(check("germination BETWEEN 0 AND 100", name = "germination_is_a_percentage"))]
    pub germination: Option<i64>,
    /// Whether it may be lent.
    #[column(default = "'fresh'")]
    #[sqlx(try_from = "schema_runtime::Label")]
    pub state: LotState,
}

/// How a lot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SqlEnum, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "lot_state")]
pub enum LotState {
    /// Just in.
    Fresh,
    /// Its germination was tested.
    Tested,
    /// Too old to lend.
    Expired,
}

/// Seed that a member took.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(strict, index(member_id, returned_on, name = "loan_open_idx"))]
pub struct Loan {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Who took it.
    #[column(references = Member, on_delete = restrict)]
    pub member_id: i64,
    /// From which lot.
    #[column(references = Lot, on_delete = restrict, index)]
    pub lot_id: i64,
    /// How much.
    #[column(check("grams > 0", name = "loan_of_something"))]
    pub grams: i64,
    /// When seed came back; none while it is out.
    pub returned_on: Option<String>,
}
