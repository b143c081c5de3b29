//! Who made a picture, a camera or a model, as files say it to people and to programs: in XMP, by a term of IPTC's
//! vocabulary of digital sources (<https://cv.iptc.org/newscodes/digitalsourcetype/>).

/// Where XMP has its name in the segments of JPEG files.
pub(in crate::photo) const JPEG_NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// And in the texts of PNG files.
pub(in crate::photo) const PNG_NAME: &str = "XML:com.adobe.xmp";

/// Who made what is seen in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Maker {
    /// Not this program: nothing is said of it.
    #[default]
    Somebody,
    /// A photo of which a model changed a part, or what a model drew after one.
    Edit,
    /// A model alone.
    Model,
}

impl Maker {
    /// Who an XMP packet says it was.
    pub(super) fn said(xmp: &[u8]) -> Self {
        let says = |maker: Self| {
            let term = maker.term().map(|term| format!("digitalsourcetype/{term}"));
            term.is_some_and(|term| xmp.windows(term.len()).any(|part| part == term.as_bytes()))
        };
        let told = [Self::Edit, Self::Model]
            .into_iter()
            .find(|maker| says(*maker));
        told.unwrap_or_default()
    }

    fn term(self) -> Option<&'static str> {
        match self {
            Self::Somebody => None,
            Self::Edit => Some("compositeWithTrainedAlgorithmicMedia"),
            Self::Model => Some("trainedAlgorithmicMedia"),
        }
    }

    /// The XMP packet that says so; none where there is nothing to say.
    pub(in crate::photo) fn xmp(self) -> Option<String> {
        let term = self.term()?;
        Some(format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
             Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/{term}\"/>\
             </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
        ))
    }
}
