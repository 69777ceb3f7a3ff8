const C14N = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'inclusive 1.1': 'http://www.w3.org/2006/12/xml-c14n11',
} as const;
/** How a canonicalization is named in tests. */
export type C14nName = keyof typeof C14N;

/** A Signature for xmlsec1 to fill in: its algorithms, and how SignedInfo and the document are canonicalized. */
export function toTemplate(method: string, signedInfo: C14nName, document: C14nName | 'none'): string {
  const transform = document === 'none' ? '' : `<ds:Transform Algorithm="${C14N[document]}"/>`;
  return `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="${C14N[signedInfo]}"/><ds:SignatureMethod Algorithm="${method}"/>
    <ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>${transform}</ds:Transforms>
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
    <ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>`;
}
