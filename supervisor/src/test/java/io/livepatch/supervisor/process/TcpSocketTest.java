package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpSocketTest {

    /** The JDK's server takes IPv4 clients on an IPv6 socket, which the kernel shows in another table. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1"})
    void aConnectionIsEstablishedUntilItsOtherEndCloses(String address) throws IOException {
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            Socket client = new Socket(
                    listening.socket().getInetAddress(), listening.socket().getLocalPort());
            try (client;
                    SocketChannel accepted = listening.accept()) {
                InetSocketAddress local = (InetSocketAddress) accepted.getLocalAddress();
                InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
                assertThat(TcpSocket.isEstablished(local, remote)).isTrue();
                client.close();
                await("the kernel has seen the close").until(() -> !TcpSocket.isEstablished(local, remote));
            }
        }
    }
}
