import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The JDK's verdict on the signature of each file of a directory, with the key of its first certificate. One line a file:
 * name, "digest" and "signature" each true or false, SHA-256 of the octets that were digested. A file it cannot read: name, error.
 */
public class Judge {
  static final String DS = "http://www.w3.org/2000/09/xmldsig#";

  public static void main(String[] arguments) throws Exception {
    File[] files = new File(arguments[0]).listFiles((directory, name) -> name.endsWith(".xml"));
    DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
    builders.setNamespaceAware(true);
    XMLSignatureFactory signatures = XMLSignatureFactory.getInstance("DOM");
    for (File file : files) {
      String line;
      try {
        Document document = builders.newDocumentBuilder().parse(file);
        line = judge(document, signatures);
      } catch (Exception error) {
        line = "error " + error.getClass().getSimpleName();
      }
      System.out.println(file.getName() + " " + line);
    }
  }

  static String judge(Document document, XMLSignatureFactory signatures) throws Exception {
    NodeList found = document.getElementsByTagNameNS(DS, "Signature");
    Element certificate = (Element) document.getElementsByTagNameNS(DS, "X509Certificate").item(0);
    byte[] der = Base64.getMimeDecoder().decode(certificate.getTextContent());
    X509Certificate signer =
        (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    DOMValidateContext context = new DOMValidateContext(signer.getPublicKey(), found.item(0));
    context.setProperty("javax.xml.crypto.dsig.cacheReference", Boolean.TRUE);
    XMLSignature signature = signatures.unmarshalXMLSignature(context);
    boolean isSigned = signature.getSignatureValue().validate(context);
    Reference reference = (Reference) signature.getSignedInfo().getReferences().get(0);
    boolean isDigested = reference.validate(context);
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (InputStream octets = reference.getDigestInputStream()) {
      sha256.update(octets.readAllBytes());
    }
    return isDigested + " " + isSigned + " " + HexFormat.of().formatHex(sha256.digest());
  }
}
