// SPDX-License-Identifier: MIT
//
// java Jdk.java FILE…: judges every ds:Signature of each file with the JDK's own javax.xml.crypto.dsig,
// which shares no code with libxml2 or OpenSSL. Prints "OK FILE" or "BAD FILE reason".
// Detached documents are looked up beside the file.
import java.io.ByteArrayInputStream;
import java.io.File;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public class Jdk {
    static final String DS = XMLSignature.XMLNS;

    static DocumentBuilder parser() throws Exception {
        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();
        f.setNamespaceAware(true);
        f.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return f.newDocumentBuilder();
    }

    // Its own KeyInfo stands before the signatures that are inside it.
    static PublicKey key(Element signature) throws Exception {
        String text = signature.getElementsByTagNameNS(DS, "X509Certificate").item(0).getTextContent();
        byte[] der = Base64.getMimeDecoder().decode(text);
        CertificateFactory f = CertificateFactory.getInstance("X.509");
        return ((X509Certificate) f.generateCertificate(new ByteArrayInputStream(der))).getPublicKey();
    }

    static void registerIds(Document doc) {
        NodeList all = doc.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element e = (Element) all.item(i);
            if (e.hasAttributeNS(null, "Id")) e.setIdAttributeNS(null, "Id", true);
        }
    }

    static void judge(File file) throws Exception {
        Document doc = parser().parse(file);
        registerIds(doc);
        NodeList signatures = doc.getElementsByTagNameNS(DS, "Signature");
        if (signatures.getLength() == 0) throw new Exception("no signature");
        for (int i = 0; i < signatures.getLength(); i++) judgeOne(file, (Element) signatures.item(i));
    }

    static void judgeOne(File file, Element signature) throws Exception {
        DOMValidateContext context = new DOMValidateContext(key(signature), signature);
        // Its secure mode allows 30 references and no files; ours may have 65, and detached ones.
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.FALSE);
        context.setBaseURI(file.getAbsoluteFile().getParentFile().toURI().toString());
        XMLSignature s = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        if (!s.getSignatureValue().validate(context)) throw new Exception("signature value");
        for (Object o : s.getSignedInfo().getReferences()) {
            Reference r = (Reference) o;
            if (!r.validate(context)) throw new Exception("reference " + r.getURI());
        }
    }

    public static void main(String[] files) {
        for (String name : files) {
            try {
                judge(new File(name));
                System.out.println("OK " + name);
            } catch (Exception e) {
                System.out.println("BAD " + name + " " + String.valueOf(e.getMessage()).replace('\n', ' '));
            }
        }
    }
}
