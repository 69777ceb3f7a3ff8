import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.file.Files;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

/** How many signed documents a second the JDK parses and verifies, warm and with the signer's key at hand: median of some rounds. */
public class VerifyRate {
  static final String DS = "http://www.w3.org/2000/09/xmldsig#";

  public static void main(String[] arguments) throws Exception {
    List<byte[]> documents = new ArrayList<>();
    for (File file : new File(arguments[0]).listFiles()) documents.add(Files.readAllBytes(file.toPath()));
    int rounds = Integer.parseInt(arguments[1]);
    DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
    builders.setNamespaceAware(true);
    XMLSignatureFactory signatures = XMLSignatureFactory.getInstance("DOM");
    PublicKey key = keyOf(builders.newDocumentBuilder().parse(new ByteArrayInputStream(documents.get(0))));
    double[] seconds = new double[rounds];
    for (int round = -rounds; round < rounds; round++) {
      long start = System.nanoTime();
      for (byte[] bytes : documents) {
        Document document = builders.newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
        DOMValidateContext context = new DOMValidateContext(key, document.getElementsByTagNameNS(DS, "Signature").item(0));
        if (!signatures.unmarshalXMLSignature(context).validate(context)) throw new IllegalStateException("a bench entry is refused");
      }
      // The first half warms the compiler up.
      if (round >= 0) seconds[round] = (System.nanoTime() - start) / 1e9;
    }
    java.util.Arrays.sort(seconds);
    System.out.println(documents.size() / seconds[rounds / 2]);
  }

  static PublicKey keyOf(Document document) throws Exception {
    String text = document.getElementsByTagNameNS(DS, "X509Certificate").item(0).getTextContent();
    byte[] der = Base64.getMimeDecoder().decode(text);
    return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)).getPublicKey();
  }
}
