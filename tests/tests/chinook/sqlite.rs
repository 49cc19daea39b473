//! Chinook, a music shop, on SQLite. Written after the corpus' own file, whose catalog it must make.
#![allow(dead_code, reason = "read by the scan")]

use schema_runtime::Table;

#[derive(Table)]
#[table(name = "Album", primary_key(album_id, name = "PK_Album"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Album {
    pub(crate) album_id: i64,
    #[column(type = "NVARCHAR(160)")]
    pub(crate) title: String,
    #[column(references = Artist, index(name = "IFK_AlbumArtistId"))]
    pub(crate) artist_id: i64,
}

#[derive(Table)]
#[table(name = "Artist", primary_key(artist_id, name = "PK_Artist"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Artist {
    pub(crate) artist_id: i64,
    #[column(type = "NVARCHAR(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
#[table(name = "Customer", primary_key(customer_id, name = "PK_Customer"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Customer {
    pub(crate) customer_id: i64,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) first_name: String,
    #[column(type = "NVARCHAR(20)")]
    pub(crate) last_name: String,
    #[column(type = "NVARCHAR(80)")]
    pub(crate) company: Option<String>,
    #[column(type = "NVARCHAR(70)")]
    pub(crate) address: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) city: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) state: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) country: Option<String>,
    #[column(type = "NVARCHAR(10)")]
    pub(crate) postal_code: Option<String>,
    #[column(type = "NVARCHAR(24)")]
    pub(crate) phone: Option<String>,
    #[column(type = "NVARCHAR(24)")]
    pub(crate) fax: Option<String>,
    #[column(type = "NVARCHAR(60)")]
    pub(crate) email: String,
    #[column(references = Employee, index(name = "IFK_CustomerSupportRepId"))]
    pub(crate) support_rep_id: Option<i64>,
}

#[derive(Table)]
#[table(name = "Employee", primary_key(employee_id, name = "PK_Employee"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Employee {
    pub(crate) employee_id: i64,
    #[column(type = "NVARCHAR(20)")]
    pub(crate) last_name: String,
    #[column(type = "NVARCHAR(20)")]
    pub(crate) first_name: String,
    #[column(type = "NVARCHAR(30)")]
    pub(crate) title: Option<String>,
    #[column(references = Employee, index(name = "IFK_EmployeeReportsTo"))]
    pub(crate) reports_to: Option<i64>,
    #[column(type = "DATETIME")]
    pub(crate) birth_date: Option<String>,
    #[column(type = "DATETIME")]
    pub(crate) hire_date: Option<String>,
    #[column(type = "NVARCHAR(70)")]
    pub(crate) address: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) city: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) state: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) country: Option<String>,
    #[column(type = "NVARCHAR(10)")]
    pub(crate) postal_code: Option<String>,
    #[column(type = "NVARCHAR(24)")]
    pub(crate) phone: Option<String>,
    #[column(type = "NVARCHAR(24)")]
    pub(crate) fax: Option<String>,
    #[column(type = "NVARCHAR(60)")]
    pub(crate) email: Option<String>,
}

#[derive(Table)]
#[table(name = "Genre", primary_key(genre_id, name = "PK_Genre"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Genre {
    pub(crate) genre_id: i64,
    #[column(type = "NVARCHAR(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
#[table(name = "Invoice", primary_key(invoice_id, name = "PK_Invoice"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Invoice {
    pub(crate) invoice_id: i64,
    #[column(references = Customer, index(name = "IFK_InvoiceCustomerId"))]
    pub(crate) customer_id: i64,
    #[column(type = "DATETIME")]
    pub(crate) invoice_date: String,
    #[column(type = "NVARCHAR(70)")]
    pub(crate) billing_address: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) billing_city: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) billing_state: Option<String>,
    #[column(type = "NVARCHAR(40)")]
    pub(crate) billing_country: Option<String>,
    #[column(type = "NVARCHAR(10)")]
    pub(crate) billing_postal_code: Option<String>,
    #[column(type = "NUMERIC(10,2)")]
    pub(crate) total: String,
}

#[derive(Table)]
#[table(name = "InvoiceLine", primary_key(invoice_line_id, name = "PK_InvoiceLine"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct InvoiceLine {
    pub(crate) invoice_line_id: i64,
    #[column(references = Invoice, index(name = "IFK_InvoiceLineInvoiceId"))]
    pub(crate) invoice_id: i64,
    #[column(references = Track, index(name = "IFK_InvoiceLineTrackId"))]
    pub(crate) track_id: i64,
    #[column(type = "NUMERIC(10,2)")]
    pub(crate) unit_price: String,
    pub(crate) quantity: i64,
}

#[derive(Table)]
#[table(name = "MediaType", primary_key(media_type_id, name = "PK_MediaType"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct MediaType {
    pub(crate) media_type_id: i64,
    #[column(type = "NVARCHAR(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
#[table(name = "Playlist", primary_key(playlist_id, name = "PK_Playlist"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Playlist {
    pub(crate) playlist_id: i64,
    #[column(type = "NVARCHAR(120)")]
    pub(crate) name: Option<String>,
}

#[derive(Table)]
#[table(name = "PlaylistTrack", primary_key(playlist_id, track_id, name = "PK_PlaylistTrack"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct PlaylistTrack {
    #[column(references = Playlist, index(name = "IFK_PlaylistTrackPlaylistId"))]
    pub(crate) playlist_id: i64,
    #[column(references = Track, index(name = "IFK_PlaylistTrackTrackId"))]
    pub(crate) track_id: i64,
}

#[derive(Table)]
#[table(name = "Track", primary_key(track_id, name = "PK_Track"))]
#[sqlx(rename_all = "PascalCase")]
pub(crate) struct Track {
    pub(crate) track_id: i64,
    #[column(type = "NVARCHAR(200)")]
    pub(crate) name: String,
    #[column(references = Album, index(name = "IFK_TrackAlbumId"))]
    pub(crate) album_id: Option<i64>,
    #[column(references = MediaType, index(name = "IFK_TrackMediaTypeId"))]
    pub(crate) media_type_id: i64,
    #[column(references = Genre, index(name = "IFK_TrackGenreId"))]
    pub(crate) genre_id: Option<i64>,
    #[column(type = "NVARCHAR(220)")]
    pub(crate) composer: Option<String>,
    pub(crate) milliseconds: i64,
    pub(crate) bytes: Option<i64>,
    #[column(type = "NUMERIC(10,2)")]
    pub(crate) unit_price: String,
}
