using System.Runtime.InteropServices;
using Google.Protobuf;
using MiniLstm.Engine;
using MiniLstm.Training.Onnx;
using AttributeType = MiniLstm.Training.Onnx.AttributeProto.Types.AttributeType;
using TensorType = MiniLstm.Training.Onnx.TensorProto.Types.DataType;

namespace MiniLstm.Training;

/// <summary>Builds the graph of an ONNX file, node by node. Values are known by name.</summary>
internal sealed class OnnxGraph
{
    private readonly GraphProto _graph = new() { Name = "MiniLstm" };
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The graph so far.</summary>
    public GraphProto Graph => _graph;

    /// <summary>Whether there is a value of that name.</summary>
    public bool Has(string name) => _names.Contains(name);

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
        Constant(name, shape, TensorType.Float, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a parameter as a constant, once, under its name.</summary>
    /// <returns>Its name.</returns>
    public string Constant(Parameter parameter)
    {
        long[] axes = [.. Enumerable.Range(0, parameter.Shape.Rank).Select(k => (long)parameter.Shape[k])];
        return Constant(parameter.Name, axes, Values(parameter));
    }

    /// <summary>Adds a constant list of integers, once for each name.</summary>
    /// <returns>Its name.</returns>
    public string Integers(string name, params ReadOnlySpan<long> values) =>
        Constant(name, [values.Length], TensorType.Int64, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a constant integer, once for each name.</summary>
    /// <returns>Its name.</returns>
    public string Number(string name, long value) =>
        Constant(name, [], TensorType.Int64, MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    /// <summary>The values of a parameter.</summary>
    public static float[] Values(Parameter parameter) => [.. parameter.ToArray().Select(value => (float)value)];

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="sizes">Its sizes: numbers, or names of open ones.</param>
    public void Input(string name, TensorType type, params ReadOnlySpan<string> sizes) =>
        _graph.Input.Add(Value(name, type, sizes));

    /// <summary>Declares a value as an output.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sizes">Its sizes: numbers, or names of open ones.</param>
    public void Output(string name, params ReadOnlySpan<string> sizes) =>
        _graph.Output.Add(Value(name, TensorType.Float, sizes));

    private string Constant(string name, ReadOnlySpan<long> shape, TensorType type, ReadOnlySpan<byte> bytes)
    {
        if (_names.Add(name))
        {
            var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
            tensor.Dims.AddRange(shape.ToArray());
            _graph.Initializer.Add(tensor);
        }

        return name;
    }

    private static ValueInfoProto Value(string name, TensorType type, ReadOnlySpan<string> sizes)
    {
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
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Int, I = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, float value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Float, F = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, string value)
    {
        ByteString bytes = ByteString.CopyFromUtf8(value);
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.String, S = bytes });
        return node;
    }

    public static NodeProto WithList(this NodeProto node, string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values.ToArray());
        node.Attribute.Add(attribute);
        return node;
    }

    public static NodeProto WithList(this NodeProto node, string name, params ReadOnlySpan<float> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Floats };
        attribute.Floats.AddRange(values.ToArray());
        node.Attribute.Add(attribute);
        return node;
    }

    public static NodeProto WithList(this NodeProto node, string name, params ReadOnlySpan<string> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Strings };
        attribute.Strings.AddRange(values.ToArray().Select(ByteString.CopyFromUtf8));
        node.Attribute.Add(attribute);
        return node;
    }
}
