using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;

using CascadeLocal.Server.Configuration;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CascadeLocal.Server.Tests.Telemetry;

/// <summary>A collector on a free loopback port that takes OTLP and keeps what it got.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpCollector(OtlpProtocol protocol)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = protocol == OtlpProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        _app.UseRouting();
        _app.MapPost("/v1/traces", context => TakeAsync(context, Traces));
        _app.MapPost("/v1/metrics", context => TakeAsync(context, Metrics));
        _app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", context => TakeCallAsync(context, Traces));
        _app.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", context => TakeCallAsync(context, Metrics));
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>The bodies that came, in order.</summary>
    public ConcurrentQueue<ProtobufMessage> Traces { get; } = new();

    public ConcurrentQueue<ProtobufMessage> Metrics { get; } = new();

    /// <summary>The header x-key of every request.</summary>
    public ConcurrentQueue<string?> Keys { get; } = new();

    /// <summary>The spans that came.</summary>
    public OtlpSpan[] Spans => [.. Traces.SelectMany(t => t.All(1)).SelectMany(resource => resource.All(2)).SelectMany(scope => scope.All(2)).Select(OtlpSpan.Of)];

    /// <summary>The names of the metrics that came.</summary>
    public string[] MetricNames => [.. Metrics.SelectMany(m => m.All(1)).SelectMany(resource => resource.All(2)).SelectMany(scope => scope.All(2)).Select(metric => metric.Text(1))];

    /// <summary>What every message says of its sender.</summary>
    public IReadOnlyDictionary<string, string>[] Resources =>
        [.. Traces.Concat(Metrics).SelectMany(message => message.All(1)).Select(resource => OtlpSpan.AttributesOf(resource.One(1), 1))];

    public static async Task<OtlpCollector> StartAsync(OtlpProtocol protocol = OtlpProtocol.Http)
    {
        OtlpCollector collector = new(protocol);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, ConcurrentQueue<ProtobufMessage> kept, int prefix = 0)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        Keys.Enqueue(context.Request.Headers["x-key"]);
        kept.Enqueue(new ProtobufMessage(body.ToArray().AsSpan(prefix)));
        context.Response.ContentType = context.Request.ContentType;
    }

    // Before a message of gRPC stand a byte and its length; the answer is an empty one.
    private async Task TakeCallAsync(HttpContext context, ConcurrentQueue<ProtobufMessage> kept)
    {
        await TakeAsync(context, kept, prefix: 5);
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}

/// <summary>A span as it comes over the wire.</summary>
/// <param name="Start">When it began, in nanoseconds since 1970.</param>
/// <param name="End">When it ended, likewise.</param>
internal sealed record OtlpSpan(
    string Name, string TraceId, string SpanId, string ParentId, ulong Start, ulong End, IReadOnlyDictionary<string, string> Attributes)
{
    public static OtlpSpan Of(ProtobufMessage span) => new(
        span.Text(5), Convert.ToHexStringLower(span.Bytes(1)), Convert.ToHexStringLower(span.Bytes(2)), Convert.ToHexStringLower(span.Bytes(4)),
        span.Fixed64(7), span.Fixed64(8), AttributesOf(span, 9));

    /// <summary>The attributes with a text for a value.</summary>
    public static IReadOnlyDictionary<string, string> AttributesOf(ProtobufMessage message, int field) =>
        message.All(field).ToDictionary(pair => pair.Text(1), pair => pair.One(2).Text(1));
}

/// <summary>The fields of a protobuf message, by their numbers.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, byte[] Bytes)> _fields = [];

    public ProtobufMessage(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            ulong tag = ReadNumber(ref message);
            int length = (tag & 7) switch
            {
                0 => 0,
                1 => sizeof(ulong),
                2 => (int)ReadNumber(ref message),
                5 => sizeof(uint),
                _ => throw new InvalidDataException("This is no protobuf message."),
            };
            if ((tag & 7) == 0)
                ReadNumber(ref message);
            _fields.Add(((int)(tag >> 3), message[..length].ToArray()));
            message = message[length..];
        }
    }

    /// <summary>The messages in a field.</summary>
    public IEnumerable<ProtobufMessage> All(int number) => _fields.Where(f => f.Number == number).Select(f => new ProtobufMessage(f.Bytes));

    /// <summary>The message in a field; an empty one where it is not there.</summary>
    public ProtobufMessage One(int number) => new(Bytes(number));

    /// <summary>The bytes of a field; none where it is not there.</summary>
    public byte[] Bytes(int number) => _fields.FirstOrDefault(f => f.Number == number).Bytes ?? [];

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public ulong Fixed64(int number) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(number));

    private static ulong ReadNumber(ref ReadOnlySpan<byte> message)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[0];
            message = message[1..];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }
    }
}
