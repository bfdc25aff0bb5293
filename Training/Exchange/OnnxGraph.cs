using System.Runtime.InteropServices;
using Google.Protobuf;
using MiniLstm.Training.Onnx;

namespace MiniLstm.Training;

/// <summary>Builds the graph of an ONNX file, node by node. Values are known by name.</summary>
internal sealed class OnnxGraph
{
    private readonly GraphProto _graph = new() { Name = "MiniLstm" };
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The graph so far.</summary>
    public GraphProto Graph => _graph;

    /// <summary>Adds an operator.</summary>
    /// <param name="type">Its type, such as <c>MatMul</c>.</param>
    /// <param name="output">The name of its result; unique.</param>
    /// <param name="inputs">The names of its operands; an empty one is left out.</param>
    /// <returns>The node, for attributes and further results.</returns>
    public NodeProto Add(string type, string output, params ReadOnlySpan<string> inputs)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs.ToArray());
        _graph.Node.Add(node);
        AddOutput(node, output);
        return node;
    }

    /// <summary>Names a further result of a node.</summary>
    public void AddOutput(NodeProto node, string output)
    {
        if (!_names.Add(output))
            throw new ArgumentException($"OnnxGraph: two values are named '{output}'");
        node.Output.Add(output);
    }

    /// <summary>Adds a constant, once for each name.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values) =>
        Constant(name, shape, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a constant list of integers, once for each name.</summary>
    /// <returns>Its name.</returns>
    public string Integers(string name, params ReadOnlySpan<long> values) =>
        Constant(name, [values.Length], TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values));

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isInteger">Whether its elements are int64 rather than float32.</param>
    /// <param name="sizes">Its sizes: numbers, or names of open ones.</param>
    public void Input(string name, bool isInteger, params ReadOnlySpan<string> sizes) =>
        _graph.Input.Add(Value(name, isInteger, sizes));

    /// <summary>Declares a value as an output.</summary>
    /// <inheritdoc cref="Input"/>
    public void Output(string name, params ReadOnlySpan<string> sizes) => _graph.Output.Add(Value(name, isInteger: false, sizes));

    private string Constant(string name, ReadOnlySpan<long> shape, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes)
    {
        if (_names.Add(name))
        {
            var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
            tensor.Dims.AddRange(shape.ToArray());
            _graph.Initializer.Add(tensor);
        }

        return name;
    }

    private static ValueInfoProto Value(string name, bool isInteger, ReadOnlySpan<string> sizes)
    {
        TensorProto.Types.DataType type = isInteger ? TensorProto.Types.DataType.Int64 : TensorProto.Types.DataType.Float;
        var shape = new TensorShapeProto();
        foreach (string size in sizes)
        {
            shape.Dim.Add(long.TryParse(size, out long number)
                ? new TensorShapeProto.Types.Dimension { DimValue = number }
                : new TensorShapeProto.Types.Dimension { DimParam = size });
        }

        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }
}

/// <summary>Settings of nodes.</summary>
internal static class OnnxAttributes
{
    public static NodeProto With(this NodeProto node, string name, long value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, float value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, string value)
    {
        ByteString bytes = ByteString.CopyFromUtf8(value);
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.String, S = bytes });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.ToArray());
        node.Attribute.Add(attribute);
        return node;
    }
}
