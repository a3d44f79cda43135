using System.Net;
using System.Net.Sockets;

namespace MRNet.Imaging.Tests;

/// <summary>Ports of this machine that nobody has.</summary>
internal static class FreePort
{
    public static int One()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>One whose next is free too: a server without TLS has its pages there.</summary>
    public static int WithNext()
    {
        while (true)
        {
            using var first = new TcpListener(IPAddress.Loopback, 0);
            first.Start();
            var port = ((IPEndPoint)first.LocalEndpoint).Port;
            using var second = new TcpListener(IPAddress.Loopback, port + 1);
            try
            {
                second.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody has the next one
            }
        }
    }
}
