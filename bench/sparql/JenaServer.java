// A SPARQL endpoint around Jena's ARQ over TDB2, as small as Jena's own server would be large: Debian has the libraries, not Fuseki.
// Arguments: port, N-Quads file, directory. The default graph is the union of all graphs, as the registry's is.
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.ReadWrite;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.tdb2.TDB2;
import org.apache.jena.tdb2.TDB2Factory;

public final class JenaServer {
  public static void main(String[] words) throws Exception {
    Dataset dataset = TDB2Factory.connectDataset(words[2]);
    dataset.getContext().set(TDB2.symUnionDefaultGraph, true);
    dataset.begin(ReadWrite.WRITE);
    RDFDataMgr.read(dataset, words[1]);
    dataset.commit();
    dataset.end();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/sparql", exchange -> {
      String search = exchange.getRequestURI().getRawQuery();
      String text = URLDecoder.decode(search.substring("query=".length()), StandardCharsets.UTF_8);
      dataset.begin(ReadWrite.READ);
      try (QueryExecution execution = QueryExecutionFactory.create(text, dataset)) {
        exchange.getResponseHeaders().set("Content-Type", "application/sparql-results+json");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = new BufferedOutputStream(exchange.getResponseBody(), 65536)) {
          if (execution.getQuery().isAskType()) ResultSetFormatter.outputAsJSON(body, execution.execAsk());
          else ResultSetFormatter.outputAsJSON(body, execution.execSelect());
        }
      } catch (RuntimeException failure) {
        failure.printStackTrace();
      } finally {
        dataset.end();
        exchange.close();
      }
    });
    server.start();
    System.out.println("ready");
  }
}
