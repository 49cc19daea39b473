//! Chinook, a music shop, on PostgreSQL. Written after the corpus' own file, whose catalog it must make.
#![allow(dead_code, reason = "read by the scan")]

use schema_runtime::Table;

#[derive(Table)]
pub(crate) struct Album {
    #[column(primary_key)]
    pub(crate) album_id: i32,
    #[column(type = "varchar(160)")]
    pub(crate) title: String,
    #[column(references = Artist, index)]
    pub(crate) artist_id: i32,
}

#[derive(Table)]
pub(crate) struct Artist {
    #[column(primary_key)]
    pub(crate) artist_id: i32,
    #[column(type = "varchar(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
pub(crate) struct Customer {
    #[column(primary_key)]
    pub(crate) customer_id: i32,
    #[column(type = "varchar(40)")]
    pub(crate) first_name: String,
    #[column(type = "varchar(20)")]
    pub(crate) last_name: String,
    #[column(type = "varchar(80)")]
    pub(crate) company: Option<String>,
    #[column(type = "varchar(70)")]
    pub(crate) address: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) city: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) state: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) country: Option<String>,
    #[column(type = "varchar(10)")]
    pub(crate) postal_code: Option<String>,
    #[column(type = "varchar(24)")]
    pub(crate) phone: Option<String>,
    #[column(type = "varchar(24)")]
    pub(crate) fax: Option<String>,
    #[column(type = "varchar(60)")]
    pub(crate) email: String,
    #[column(references = Employee, index)]
    pub(crate) support_rep_id: Option<i32>,
}

#[derive(Table)]
pub(crate) struct Employee {
    #[column(primary_key)]
    pub(crate) employee_id: i32,
    #[column(type = "varchar(20)")]
    pub(crate) last_name: String,
    #[column(type = "varchar(20)")]
    pub(crate) first_name: String,
    #[column(type = "varchar(30)")]
    pub(crate) title: Option<String>,
    #[column(references = Employee, index)]
    pub(crate) reports_to: Option<i32>,
    #[column(type = "timestamp")]
    pub(crate) birth_date: Option<String>,
    #[column(type = "timestamp")]
    pub(crate) hire_date: Option<String>,
    #[column(type = "varchar(70)")]
    pub(crate) address: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) city: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) state: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) country: Option<String>,
    #[column(type = "varchar(10)")]
    pub(crate) postal_code: Option<String>,
    #[column(type = "varchar(24)")]
    pub(crate) phone: Option<String>,
    #[column(type = "varchar(24)")]
    pub(crate) fax: Option<String>,
    #[column(type = "varchar(60)")]
    pub(crate) email: Option<String>,
}

#[derive(Table)]
pub(crate) struct Genre {
    #[column(primary_key)]
    pub(crate) genre_id: i32,
    #[column(type = "varchar(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
pub(crate) struct Invoice {
    #[column(primary_key)]
    pub(crate) invoice_id: i32,
    #[column(references = Customer, index)]
    pub(crate) customer_id: i32,
    #[column(type = "timestamp")]
    pub(crate) invoice_date: String,
    #[column(type = "varchar(70)")]
    pub(crate) billing_address: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) billing_city: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) billing_state: Option<String>,
    #[column(type = "varchar(40)")]
    pub(crate) billing_country: Option<String>,
    #[column(type = "varchar(10)")]
    pub(crate) billing_postal_code: Option<String>,
    #[column(type = "numeric(10,2)")]
    pub(crate) total: String,
}

#[derive(Table)]
pub(crate) struct InvoiceLine {
    #[column(primary_key)]
    pub(crate) invoice_line_id: i32,
    #[column(references = Invoice, index)]
    pub(crate) invoice_id: i32,
    #[column(references = Track, index)]
    pub(crate) track_id: i32,
    #[column(type = "numeric(10,2)")]
    pub(crate) unit_price: String,
    pub(crate) quantity: i32,
}

#[derive(Table)]
pub(crate) struct MediaType {
    #[column(primary_key)]
    pub(crate) media_type_id: i32,
    #[column(type = "varchar(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
pub(crate) struct Playlist {
    #[column(primary_key)]
    pub(crate) playlist_id: i32,
    #[column(type = "varchar(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
#[table(primary_key(playlist_id, track_id))]
pub(crate) struct PlaylistTrack {
    #[column(references = Playlist, index)]
    pub(crate) playlist_id: i32,
    #[column(references = Track, index)]
    pub(crate) track_id: i32,
}

#[derive(Table)]
pub(crate) struct Track {
    #[column(primary_key)]
    pub(crate) track_id: i32,
    #[column(type = "varchar(200)")]
    pub(crate) name: String,
    #[column(references = Album, index)]
    pub(crate) album_id: Option<i32>,
    #[column(references = MediaType, index)]
    pub(crate) media_type_id: i32,
    #[column(references = Genre, index)]
    pub(crate) genre_id: Option<i32>,
    #[column(type = "varchar(220)")]
    pub(crate) composer: Option<String>,
    pub(crate) milliseconds: i32,
    pub(crate) bytes: Option<i32>,
    #[column(type = "numeric(10,2)")]
    pub(crate) unit_price: String,
}
