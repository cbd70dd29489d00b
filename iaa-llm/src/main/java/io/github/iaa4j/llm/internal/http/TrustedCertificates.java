package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.internal.text.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trusts what Java trusts, and the certificates of a file as well. */
final class TrustedCertificates implements X509TrustManager {

  private final X509TrustManager usual;
  private final X509TrustManager own;

  private TrustedCertificates(X509TrustManager usual, X509TrustManager own) {
    this.usual = usual;
    this.own = own;
  }

  /**
   * Reads a file of certificates in PEM.
   *
   * @param faults gets what is wrong with it, in which case null is returned
   */
  static @Nullable X509TrustManager read(Path pem, List<String> faults) {
    try (InputStream in = Files.newInputStream(pem)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        faults.add(Setting.CA_FILE + ": " + pem + " contains no certificate; it must be PEM");
        return null;
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates) {
        store.setCertificateEntry("own-" + number++, certificate);
      }
      return new TrustedCertificates(trustManager(null), trustManager(store));
    } catch (CertificateException e) {
      faults.add(
          Setting.CA_FILE
              + ": "
              + pem
              + " contains no certificates in PEM, which begin with -----BEGIN CERTIFICATE-----");
    } catch (IOException e) {
      faults.add(Setting.CA_FILE + ": " + pem + " cannot be read; check the path");
    } catch (GeneralSecurityException e) {
      faults.add(Setting.CA_FILE + ": " + pem + " cannot be used: " + e.getMessage());
    }
    return null;
  }

  private static X509TrustManager trustManager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow(() -> new GeneralSecurityException("Java has no X.509 trust manager"));
  }

  /** A TLS context that trusts as this does. */
  static SSLContext context(X509TrustManager trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    try {
      own.checkServerTrusted(chain, type);
    } catch (CertificateException e) {
      usual.checkServerTrusted(chain, type);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    usual.checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    X509Certificate[] known = usual.getAcceptedIssuers();
    X509Certificate[] more = own.getAcceptedIssuers();
    X509Certificate[] all = Arrays.copyOf(known, known.length + more.length);
    System.arraycopy(more, 0, all, known.length, more.length);
    return all;
  }
}
